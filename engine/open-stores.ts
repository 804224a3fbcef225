import type { Dispatcher } from 'undici';
import { bucketStore, type BucketStoreOptions } from './bucket-store.ts';
import { directoryStore } from './directory-store.ts';
import { connectionPool } from './http-transport.ts';
import { objectsAtOnce } from './objects-at-once.ts';
import { pacedStore } from './paced-store.ts';
import type { BucketPlace, Place } from './place.ts';
import type { RateLimit } from './rate-limit.ts';
import { renewingStore } from './renewing-store.ts';
import { serverClock } from './server-clock.ts';
import type { Side } from './sides.ts';
import type { ChangingLimit } from './slots.ts';
import type { Store } from './store.ts';
import { trafficOfSides, type Traffic } from './traffic.ts';
import type { Tuning } from './tuning.ts';
import { createWire, type Wire } from './wire/wire.ts';

/** How the source's objects are read. Plain data. */
export type ReadingOptions = Pick<BucketStoreOptions, 'tags' | 'versions'>;

export interface OpenStoresOptions {
  readonly tuning: Tuning;
  readonly reading: ReadingOptions;
  /** Requests a second, of both sides together. */
  readonly requestRate?: RateLimit | undefined;
  /** Bytes a second that are read. */
  readonly bandwidth?: RateLimit | undefined;
  /** Hears that requests to a side are signed with another time than the machine's. */
  readonly onClockCorrected?: (side: Side, offsetMs: number) => void;
}

/** The two places of a run, as the thread that opened them uses them. */
export interface OpenStores extends Readonly<Record<Side, Store>> {
  /** See `TransferContext`. */
  readonly objectsAtOnce: ChangingLimit;
  /** Cuts all connections. */
  close(): Promise<void>;
}

interface Resources extends OpenStoresOptions {
  readonly pool: Dispatcher;
  readonly wire: Wire;
  readonly trafficOf: Readonly<Record<Side, Traffic>>;
}

/**
 * Opens the source for reading and the destination for writing, with connections, limits and signers of their own, which nobody else
 * uses. Throws `Failure` where a directory cannot be opened.
 */
export async function openStores(
  places: Readonly<Record<Side, Place>>,
  options: OpenStoresOptions,
): Promise<OpenStores> {
  const { requestsAtFirst, concurrency: requestsMax } = options.tuning;
  const { requestRate } = options;
  const [pool, wire] = [connectionPool(), createWire()];
  const trafficOf = trafficOfSides(places, { requestsAtFirst, requestsMax, requestRate });
  const resources = { ...options, pool, wire, trafficOf };
  return {
    source: await openStore(places.source, 'source', resources),
    destination: await openStore(places.destination, 'destination', { ...resources, reading: {} }),
    objectsAtOnce: objectsAtOnce(places, trafficOf),
    async close() {
      wire.destroy();
      await pool.destroy();
    },
  };
}

async function openStore(place: Place, side: Side, resources: Resources): Promise<Store> {
  const { pool, wire, tuning: retry, bandwidth, reading, onClockCorrected } = resources;
  const traffic = resources.trafficOf[side];
  // One for all generations of credentials: the clock is the provider's.
  const clock = serverClock({ onCorrected: (offsetMs) => onClockCorrected?.(side, offsetMs) });
  const store =
    place.kind === 'directory'
      ? await directoryStore(place.path, { mayBeAbsent: side === 'destination' })
      : withRenewal(place, (current) => bucketStore(current, { pool, wire, retry, traffic, clock, ...reading }));
  return bandwidth === undefined ? store : pacedStore(store, bandwidth);
}

function withRenewal(place: BucketPlace, open: (place: BucketPlace) => Store): Store {
  const { credentials: keys, renewCredentials: renew } = place;
  if (renew === undefined) return open(place);
  return renewingStore((credentials) => open({ ...place, credentials }), { keys, renew });
}
