/** What runs in a thread: copies the objects that the main thread gives it, and tells what became of each. Started by `startThread`. */
import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../failure.ts';
import { openStores } from '../open-stores.ts';
import type { AccessKeys, Place } from '../place.ts';
import type { Side } from '../sides.ts';
import type { Copyable } from '../store.ts';
import { transferObject } from '../transfer.ts';
import { ownResources, type TransferContext } from '../transfer-context.ts';
import { inBatches } from './batches.ts';
import {
  failureFields,
  type EndedJob,
  type Heard,
  type Job,
  type JobEnd,
  type Order,
  type Report,
  type ThreadTask,
} from './messages.ts';

assert(parentPort !== null, 'started as a thread');
const port = parentPort;
const { places, tuning, reading } = workerData as ThreadTask;
const stopped = new AbortController();
const renewals = new Map<Side, PromiseWithResolvers<AccessKeys>>();

const report = (message: Report): void => port.postMessage(message);
const reportEnded = inBatches<EndedJob>((jobs) => report({ kind: 'ended', jobs }));

/** A store asks again only when it was answered. */
function renewCredentials(side: Side): Promise<AccessKeys> {
  const renewal = Promise.withResolvers<AccessKeys>();
  renewals.set(side, renewal);
  report({ kind: 'renew', side });
  return renewal.promise;
}

function placeOf(side: Side): Place {
  const { place, isRenewable } = places[side];
  if (place.kind === 'directory' || !isRenewable) return place;
  return { ...place, renewCredentials: () => renewCredentials(side) };
}

// The main thread lists both sides before anything is copied: it has noted a wrong clock already.
const stores = await openStores(
  { source: placeOf('source'), destination: placeOf('destination') },
  { tuning, reading },
);
// An object that has become large since it was listed goes in parts, without the journal's record of them.
const context: TransferContext = {
  ...ownResources(stores, tuning),
  signal: stopped.signal,
};

async function transfer({ number, entry }: Job): Promise<void> {
  const heard: Heard = { bytes: 0, unproven: 0, lost: [] };
  reportEnded({ number, heard, end: await endOf(entry, heard) });
}

async function endOf(entry: Copyable, heard: Heard): Promise<JobEnd> {
  const listeners: Pick<TransferContext, 'onBytes' | 'onUnproven' | 'onLost'> = {
    onBytes: (bytes) => (heard.bytes += bytes),
    onUnproven: () => (heard.unproven += 1),
    onLost: (what) => heard.lost.push(what),
  };
  try {
    return { kind: 'done', outcome: await transferObject({ ...context, ...listeners }, entry) };
  } catch (error) {
    if (stopped.signal.aborted) return { kind: 'stopped' };
    const failure = failureFields(error);
    if (failure !== undefined) return { kind: 'failed', failure };
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'bug', message, stack };
  }
}

function obey(order: Order): void {
  switch (order.kind) {
    case 'transfer':
      for (const job of order.jobs) void transfer(job);
      break;
    case 'renewed':
      renewals.get(order.side)?.resolve(order.keys);
      break;
    case 'not renewed':
      renewals.get(order.side)?.reject(new Failure(order.failure));
      break;
    case 'stop':
      stopped.abort();
      break;
  }
}

// Whatever was sent while the stores were opened has waited.
port.on('message', obey);
