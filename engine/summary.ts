import type { Strength } from './compare.ts';
import { listingOddities, type ListingOddities } from './listing/listing-oddities.ts';
import type { KeyFailure } from './store.ts';

export type Operation = 'copy' | 'sync' | 'verify';

/** How a run ended. Plain data: the command line prints it, or its JSON. */
export interface Summary {
  readonly operation: Operation;
  /** In a dry run: what would have been. */
  readonly objectsCopied: number;
  readonly objectsSkipped: number;
  readonly objectsDeleted: number;
  readonly bytesCopied: number;
  readonly seconds: number;
  /** By key; the key is empty where the whole run failed (a listing, a limit on deletes). The first 10,000. */
  readonly failures: readonly KeyFailure[];
  readonly failuresCount: number;
  /** Of `verify`: keys that are not the same on both sides. The first 10,000. */
  readonly differences: readonly { readonly key: string; readonly because: string }[];
  readonly differencesCount: number;
  /** Of `verify`: objects found the same, by what that was told. */
  readonly verified: Readonly<Record<Strength, number>>;
  /** What else a reader should know: what was passed over, what went away meanwhile. */
  readonly notes: readonly string[];
  /** Everything was looked at and nothing failed. (Differences are no failures.) */
  readonly complete: boolean;
}

/** A summary keeps so many keys of each kind; the counts go on. */
const keysMax = 10_000;
const notesMax = 100;

/** Collects what happens in a run. */
export interface Tally {
  copied(bytes: number): void;
  skipped(): void;
  deleted(objects: number): void;
  verified(strength: Strength): void;
  failed(failure: KeyFailure): void;
  differs(key: string, because: string): void;
  noted(note: string): void;
  /** An object went without something, for the destination cannot hold it. */
  lost(what: string): void;
  /** An object was copied of which the source told no checksum. */
  unproven(): void;
  /** A side was listed in an odd way. */
  oddListing: ListingOddities['heard'];
  readonly failures: number;
  summary(operation: Operation): Summary;
}

/** A tally of nothing yet; the run's seconds count from `startedAt`, in milliseconds of `performance.now()`. */
export function tally(startedAt = performance.now()): Tally {
  const counts = { copied: 0, skipped: 0, deleted: 0, bytes: 0, failures: 0, differences: 0, notes: 0, unproven: 0 };
  const verified: Record<Strength, number> = { content: 0, checksum: 0, 'entity tag': 0, 'size only': 0 };
  const failures: KeyFailure[] = [];
  const differences: { key: string; because: string }[] = [];
  const notes: string[] = [];
  const losses = new Map<string, number>();
  const oddities = listingOddities();
  return {
    copied(bytes) {
      counts.copied += 1;
      counts.bytes += bytes;
    },
    skipped: () => void (counts.skipped += 1),
    deleted: (objects) => void (counts.deleted += objects),
    verified: (strength) => void (verified[strength] += 1),
    failed(failure) {
      counts.failures += 1;
      if (failures.length < keysMax) failures.push(failure);
    },
    differs(key, because) {
      counts.differences += 1;
      if (differences.length < keysMax) differences.push({ key, because });
    },
    noted(note) {
      counts.notes += 1;
      if (notes.length < notesMax) notes.push(note);
    },
    unproven: () => void (counts.unproven += 1),
    oddListing: (side, oddity) => oddities.heard(side, oddity),
    lost: (what) => void losses.set(what, (losses.get(what) ?? 0) + 1),
    get failures() {
      return counts.failures;
    },
    summary: (operation) => ({
      operation,
      objectsCopied: counts.copied,
      objectsSkipped: counts.skipped,
      objectsDeleted: counts.deleted,
      bytesCopied: counts.bytes,
      seconds: (performance.now() - startedAt) / 1000,
      failures: [...failures],
      failuresCount: counts.failures,
      differences: [...differences],
      differencesCount: counts.differences,
      verified: { ...verified },
      notes: [
        ...[...losses].map(([what, objects]) => `the destination cannot hold the ${what} of ${objects} objects`),
        ...(counts.unproven > 0 ? [`of ${counts.unproven} objects the source told no checksum of the whole`] : []),
        ...oddities.notes(),
        ...notes,
        ...(counts.notes > notes.length ? [`and ${counts.notes - notes.length} more`] : []),
      ],
      complete: counts.failures === 0,
    }),
  };
}
