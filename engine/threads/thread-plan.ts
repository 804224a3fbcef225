import { availableParallelism, loadavg } from 'node:os';
import type { Place } from '../place.ts';
import type { RunOptions } from '../run.ts';
import type { Tuning } from '../tuning.ts';

/** How many threads copy objects, and from which object on. */
export interface ThreadPlan {
  /** None: everything is copied by the main thread. */
  readonly threads: number;
  /** So many objects are copied by the main thread before the threads are started. */
  readonly afterObjects: number;
  /** What a reader of the summary should know. */
  readonly note?: string;
}

/** As many as can be asked for: each holds some 40 MiB. */
export const threadsMax = 32;
/** As many as a run starts by itself. The main thread, with a sixth of a thread's work for each object, feeds some six. */
const threadsMaxByDefault = 4;
/** A thread costs some 250 ms of processor time to start, as much as copying so many objects. */
const worthwhileObjects = 2000;

const noThreads: ThreadPlan = { threads: 0, afterObjects: 0 };

/**
 * | asked | threads |
 * | --- | --- |
 * | anything that only one thread can hold to (`whyOneThread`) | none; with a note where a number was asked for |
 * | a number | so many, from the first object on |
 * | nothing | `threadsFor` this machine, once the run is known to be worth their start |
 */
export function planThreads(
  options: Pick<RunOptions, 'threads' | 'tpsLimit' | 'bandwidthLimit' | 'serverSide' | 'source' | 'destination'>,
  machine = { availableCores: availableParallelism(), loadAverage: loadavg()[0] ?? 0 },
): ThreadPlan {
  const { threads } = options;
  const because = whyOneThread(options);
  if (because !== undefined)
    return (threads ?? 0) > 0 ? { ...noThreads, note: `no threads were started, for ${because}` } : noThreads;
  return threads === undefined
    ? { threads: threadsFor(machine), afterObjects: worthwhileObjects }
    : { threads, afterObjects: 0 };
}

/**
 * As many threads as there are cores that nobody uses, the main thread's excepted. One alone is hardly faster than the main thread, and
 * costs its start and the messages. (`availableParallelism` knows the cores that this process may use; a load average is that of the
 * last minute over all of the machine.)
 */
export function threadsFor({
  availableCores,
  loadAverage,
}: {
  readonly availableCores: number;
  readonly loadAverage: number;
}): number {
  const free = availableCores - 1 - Math.round(loadAverage);
  return free < 2 ? 0 : Math.min(free, threadsMaxByDefault);
}

/** Threads know nothing of each other: what all requests of a run share has to be held by one. */
function whyOneThread({
  tpsLimit,
  bandwidthLimit,
  serverSide,
  source,
  destination,
}: Pick<RunOptions, 'tpsLimit' | 'bandwidthLimit' | 'serverSide' | 'source' | 'destination'>): string | undefined {
  if (tpsLimit !== undefined) return 'all requests have one limit a second';
  if (bandwidthLimit !== undefined) return 'all bytes have one limit a second';
  if ([source, destination].some(isOnB2)) return 'B2 limits an account, not a connection';
  return serverSide === true ? 'the provider copies by itself' : undefined;
}

function isOnB2(place: Place): boolean {
  return place.kind === 'bucket' && place.provider === 'b2';
}

/** One thread's share of what a run may use. */
export function tuningOfThread(tuning: Tuning, threads: number): Tuning {
  return {
    ...tuning,
    concurrency: Math.ceil(tuning.concurrency / threads),
    requestsAtFirst: Math.ceil(tuning.requestsAtFirst / threads),
    bufferedBytesInFlightMax: Math.ceil(tuning.bufferedBytesInFlightMax / threads),
  };
}
