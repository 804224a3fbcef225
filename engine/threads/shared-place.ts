import { isDeepStrictEqual } from 'node:util';
import { patiently } from '../patient-reading.ts';
import type { Place } from '../place.ts';
import type { RetryPolicy } from '../retry.ts';

/**
 * One place for several threads: each call gives it to one more of them. Whatever the number of those whose credentials are refused,
 * they are read anew once: who asks while they are read waits for the same answer, and who holds older ones than were read last gets
 * those. A place whose credentials cannot be read anew, and a directory, is given as it is.
 */
export function sharedPlace(place: Place, retry: RetryPolicy): () => Place {
  if (place.kind === 'directory' || place.renewCredentials === undefined) return () => place;
  const { renewCredentials: read } = place;
  let current = place.credentials;
  let reading: Promise<void> | undefined;

  async function readAnew(): Promise<void> {
    current = await patiently(read, retry);
  }

  return () => {
    let held = current;
    return {
      ...place,
      credentials: held,
      async renewCredentials() {
        if (isDeepStrictEqual(held, current)) {
          reading ??= readAnew().finally(() => (reading = undefined));
          await reading;
        }
        held = current;
        return held;
      },
    };
  };
}
