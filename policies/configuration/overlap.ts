import { posix } from 'node:path';
import type { BucketLocation, FileLocation, Location } from '../../base/location.ts';

/** How two locations share things: a copy between them would read what it writes. */
export type Overlap = 'same' | 'first-inside-second' | 'second-inside-first';

/** `undefined` where two locations share nothing, or where nothing can be said before the paths are resolved. */
export function overlapOf(first: Location, second: Location): Overlap | undefined {
  if (first.provider === 'file' || second.provider === 'file') {
    return first.provider === 'file' && second.provider === 'file' ? directoryOverlap(first, second) : undefined;
  }
  if (bucketIdentity(first) !== bucketIdentity(second)) return undefined;
  if (first.prefix === second.prefix) return 'same';
  if (first.prefix.startsWith(second.prefix)) return 'first-inside-second';
  return second.prefix.startsWith(first.prefix) ? 'second-inside-first' : undefined;
}

/** Bucket names are unique in an AWS partition, and in one jurisdiction of an R2 account. */
function bucketIdentity(location: BucketLocation): string {
  const world = location.provider === 'aws' ? [location.partition] : [location.accountId, location.jurisdiction];
  return [location.provider, ...world, location.bucket].join('/');
}

function directoryOverlap(first: FileLocation, second: FileLocation): Overlap | undefined {
  const [a, b] = [posix.join(first.path, '/'), posix.join(second.path, '/')];
  if (a === b) return 'same';
  if (contains(b, a)) return 'first-inside-second';
  return contains(a, b) ? 'second-inside-first' : undefined;
}

/** Whether `outer` holds `inner`; both normalised and ending in `/`. An absolute and a relative path cannot be compared. */
function contains(outer: string, inner: string): boolean {
  if (posix.isAbsolute(outer) !== posix.isAbsolute(inner)) return false;
  if (posix.isAbsolute(outer)) return inner.startsWith(outer);
  const [outerUps, outerRest] = splitUps(outer);
  const [innerUps, innerRest] = splitUps(inner);
  // Above the project the directories' names are unknown: only a path that is nothing but `../` surely holds those below.
  if (outerUps > innerUps) return outerRest === '';
  return outerUps === innerUps && innerRest.startsWith(outerRest);
}

/** `../../a/b/` is `[2, 'a/b/']`; `./` is `[0, '']`. */
function splitUps(path: string): [ups: number, rest: string] {
  const [start = ''] = /^(\.\.\/)*/.exec(path) ?? [];
  const rest = path.slice(start.length);
  return [start.length / 3, rest === './' ? '' : rest];
}
