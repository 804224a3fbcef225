import { AsyncLocalStorage } from 'node:async_hooks';
import type { DiskObject, DiskWorld } from '../store/disk-world.ts';
import type { Listing, ListQuery } from '../store/listing.ts';
import type { Fault, FaultOf } from './fault.ts';

type Quirk = FaultOf<'listing'>;

interface ListingFaults {
  readonly quirks: readonly Quirk[];
  /** The listing begins by `start-after`; one that goes on by a token is not misled. */
  readonly startAfter: boolean;
}

/** From a request to the listing it asks for, which lies many calls deeper and takes no notice of faults. */
const listingFaults = new AsyncLocalStorage<ListingFaults>();

/** Runs `serve` so that the listings it asks a misbehaving world for show the quirks among `faults`. */
export function withListingFaults(
  faults: readonly Fault[],
  { startAfter }: { readonly startAfter: boolean },
  serve: () => void,
): void {
  const quirks = faults.filter((fault): fault is Quirk => fault.kind === 'listing');
  if (quirks.length === 0) serve();
  else listingFaults.run({ quirks, startAfter }, serve);
}

/** `world`, whose listings lie while the request at hand is to see that. */
export function misbehavingWorld(world: DiskWorld): DiskWorld {
  return {
    ...world,
    list(bucket, query) {
      const faults = listingFaults.getStore();
      return faults === undefined ? world.list(bucket, query) : lyingList(world, bucket, query, faults);
    },
  };
}

function lyingList(
  world: DiskWorld,
  bucket: string,
  query: ListQuery,
  { quirks, startAfter }: ListingFaults,
): Listing<DiskObject> {
  const has = (quirk: Quirk['quirk']): boolean => quirks.some((each) => each.quirk === quirk);
  const keysMax = quirks.map((each) => (each.quirk === 'short-pages' ? each.keysMax : query.entriesMax));
  const listing = world.list(bucket, {
    ...query,
    entriesMax: Math.min(query.entriesMax, ...keysMax),
    after: startAfter && has('ignored-start-after') ? '' : query.after,
  });
  const repeated = has('repeats') && query.after !== '' ? world.object(bucket, query.after) : undefined;
  const objects = repeated === undefined ? listing.objects : [repeated, ...listing.objects];
  return { ...listing, objects: has('wrong-order') ? objects.toReversed() : objects };
}
