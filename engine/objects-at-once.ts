import type { Place } from './place.ts';
import type { Side } from './sides.ts';
import type { ChangingLimit } from './slots.ts';
import type { Traffic } from './traffic.ts';

/** Where one side takes far fewer requests than the other, objects that are open at the one wait for the other: so many for each request. */
const waitingForEach = 3;

/**
 * As many objects as there may be requests, whose limits do not grow unless they are said to be reached: half of the objects are being
 * read, half of them written. More would only wait, and what waits costs memory and time; a body that waits for long is cut off by its
 * source. A directory has no limit of its own.
 */
export function objectsAtOnce(
  places: Readonly<Record<Side, Pick<Place, 'kind'>>>,
  { source, destination }: Readonly<Record<Side, Traffic>>,
): ChangingLimit {
  function max(): number {
    const [reads, writes] = [source.limitOf('read'), destination.limitOf('write')];
    if (places.source.kind === 'directory') return writes;
    if (places.destination.kind === 'directory') return reads;
    return Math.min(Math.max(reads, writes), (1 + waitingForEach) * Math.min(reads, writes));
  }

  return {
    max,
    full() {
      source.wanted('read');
      destination.wanted('write');
    },
  };
}
