import assert from 'node:assert';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Failure } from '../failure.ts';
import type { ReadingOptions } from '../open-stores.ts';
import type { AccessKeys, Place } from '../place.ts';
import type { Side } from '../sides.ts';
import type { Copyable } from '../store.ts';
import type { TransferOutcome } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import type { Tuning } from '../tuning.ts';
import { inBatches } from './batches.ts';
import {
  failureFields,
  type EndedJob,
  type Heard,
  type Job,
  type Order,
  type Report,
  type ThreadPlace,
  type ThreadTask,
} from './messages.ts';

/** A thread that copies objects, as the main thread sees it. */
export interface TransferThread {
  /** Objects that it was given and has not answered for. */
  readonly inWork: number;
  /** As `transferObject`; an error that is no `Failure` where the thread has a bug, died or could not be started. */
  transfer(entry: Copyable): Promise<TransferOutcome>;
  /** Ends the thread, whatever it does. */
  end(): Promise<void>;
}

export interface ThreadOptions {
  /** Given to this thread alone, each with the credentials that are current. */
  readonly places: Readonly<Record<Side, Place>>;
  readonly tuning: Tuning;
  readonly reading: ReadingOptions;
  /** Of the run: what it listens to, and the signal that stops it. */
  readonly context: Pick<TransferContext, 'signal' | 'onBytes' | 'onLost' | 'onUnproven'>;
  /** What runs in the thread. */
  readonly file?: string;
}

const workerFile = join(import.meta.dirname, 'transfer-worker.ts');

/** Starts a thread with stores, connections and a signer of its own. What it is given before it is ready waits for it. */
export function startThread(options: ThreadOptions): TransferThread {
  const { places, context, file = workerFile } = options;
  const { signal } = context;
  const waiting = new Map<number, PromiseWithResolvers<TransferOutcome>>();
  let jobs = 0;
  /** Why nothing more can come of it. */
  let broken: { readonly error: unknown } | undefined;

  const worker = new Worker(file, { workerData: taskOf(options) });
  const order = (message: Order): void => worker.postMessage(message);
  const orderTransfer = inBatches<Job>((given) => order({ kind: 'transfer', jobs: given }));
  const stop = (): void => order({ kind: 'stop' });

  function breakOff(error: unknown): void {
    broken ??= { error };
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  async function renew(side: Side): Promise<void> {
    try {
      order({ kind: 'renewed', side, keys: await renewed(places[side]) });
    } catch (error) {
      const failure = failureFields(error);
      if (failure !== undefined) order({ kind: 'not renewed', side, failure });
      else breakOff(error);
    }
  }

  function settle({ number, heard, end }: EndedJob): void {
    const job = waiting.get(number);
    if (job === undefined) return;
    waiting.delete(number);
    tell(context, heard);
    if (end.kind === 'done') job.resolve(end.outcome);
    else if (end.kind === 'failed') job.reject(new Failure(end.failure));
    else if (end.kind === 'stopped') job.reject(signal?.reason);
    else job.reject(Object.assign(new Error(end.message), { stack: end.stack }));
  }

  worker.on('message', (report: Report) => {
    if (report.kind === 'renew') void renew(report.side);
    else for (const job of report.jobs) settle(job);
  });
  worker.on('messageerror', breakOff);
  // In an error of its own: one with a system's code would pass for a failure of the objects.
  worker.on('error', (cause) => breakOff(new Error('a thread of the run failed', { cause })));
  worker.on('exit', () => breakOff(new Error('a thread of the run ended before its work')));
  if (signal?.aborted === true) stop();
  else signal?.addEventListener('abort', stop, { once: true });

  return {
    get inWork() {
      return waiting.size;
    },
    async transfer(entry) {
      if (broken !== undefined) throw broken.error;
      jobs += 1;
      const job = Promise.withResolvers<TransferOutcome>();
      waiting.set(jobs, job);
      orderTransfer({ number: jobs, entry });
      return job.promise;
    },
    async end() {
      signal?.removeEventListener('abort', stop);
      await worker.terminate();
    },
  };
}

function taskOf({ places, tuning, reading }: ThreadOptions): ThreadTask {
  return {
    places: { source: threadPlace(places.source), destination: threadPlace(places.destination) },
    tuning,
    reading,
  };
}

function threadPlace(given: Place): ThreadPlace {
  if (given.kind === 'directory') return { place: given, isRenewable: false };
  const { renewCredentials, ...place } = given;
  return { place, isRenewable: renewCredentials !== undefined };
}

function renewed(place: Place): Promise<AccessKeys> {
  assert(place.kind === 'bucket' && place.renewCredentials !== undefined, 'only a renewable place is renewed');
  return place.renewCredentials();
}

function tell({ onBytes, onLost, onUnproven }: ThreadOptions['context'], { bytes, lost, unproven }: Heard): void {
  if (bytes > 0) onBytes?.(bytes);
  for (const what of lost) onLost?.(what);
  for (let count = 0; count < unproven; count += 1) onUnproven?.();
}
