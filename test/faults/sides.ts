import { randomBytes } from 'node:crypto';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import type { Summary } from '../../engine/summary.ts';
import type { Tuning } from '../../engine/tuning.ts';
import { type BucketSide, startBucketSide } from '../engine/bucket-side.ts';
import { type Snapshot, snapshot, violations } from './oracle.ts';

const mebibyte = 1024 * 1024;

/** Impatient, so that a suite of faults ends; parts are as small as S3 lets them be. */
export const tuning: Partial<Tuning> = {
  attemptsMax: 8,
  retryDelayMs: 1,
  retryDelayMsMax: 20,
  idleTimeoutMs: 15_000,
  multipartBytesMin: 6 * mebibyte,
  partSizeBytes: 5 * mebibyte,
};

/** Two buckets behind proxies, with objects on both sides that differ in every way that a plan knows. */
export interface FaultySides {
  readonly source: BucketSide;
  readonly destination: BucketSide;
  readonly before: { readonly source: Snapshot; readonly destination: Snapshot };
  /** Runs, and returns the summary with whatever the oracle has against it. */
  run(operation: 'copy' | 'sync', options?: Partial<RunOptions>): Promise<{ summary: Summary; violations: string[] }>;
  close(): Promise<void>;
}

/** Keys that servers, proxies and clients have been seen to spoil. */
export const oddKeys = [
  'a/../b',
  './x',
  '..',
  '/leading',
  'double//slash',
  'folder/',
  'with space ',
  'plus+percent%2F',
  `quotes"'&<>`,
  'question?hash#',
  'back\\slash',
  'tab\tand\u0001control\u007f',
  'line\r\nbreak',
  'Case',
  'case',
  '\ue000',
  '\ufffd',
  '\u{1f600}',
  `long/${'é'.repeat(500)}`,
];

export async function faultySides(): Promise<FaultySides> {
  const [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
  for (const key of oddKeys) await source.put(key, `body of ${key}`);
  for (let index = 0; index < 20; index += 1) await source.put(`small/${index}`, `small body ${index}`);
  await source.put('empty', '');
  await source.put('stream', randomBytes(1.5 * mebibyte));
  await source.put('parts', randomBytes(11 * mebibyte));
  await destination.put('small/3', 'small body 3');
  await destination.put('small/4', 'an older body, of another size');
  await destination.put('stream', 'an older body');
  await destination.put('only/here', 'what only the destination has');
  await destination.put('small/extra', 'what only the destination has');
  const before = { source: await snapshot(source), destination: await snapshot(destination) };
  return {
    source,
    destination,
    before,
    async run(operation, options = {}) {
      const summary = await runOperation({
        operation,
        source: source.place(),
        destination: destination.place(),
        deletesMaxPercent: 100,
        tuning,
        ...options,
      });
      const after = { source: await snapshot(source), destination: await snapshot(destination) };
      const isChanged = JSON.stringify([...after.source]) !== JSON.stringify([...before.source]);
      return {
        summary,
        violations: violations({
          operation,
          source: isChanged ? [before.source, after.source] : [before.source],
          destination: { before: before.destination, after: after.destination },
          acknowledged: acknowledgedWrites(destination),
          summary,
        }),
      };
    },
    async close() {
      await Promise.all([source.close(), destination.close()]);
    },
  };
}

/** Keys for which a whole PUT or a completed upload was answered as done, as the engine saw it. */
export function acknowledgedWrites({ proxy }: BucketSide): Set<string> {
  const written = proxy.answered.filter(({ method, url, status }) => {
    if (status !== 200) return false;
    return method === 'PUT' ? !url.includes('partNumber=') : method === 'POST' && url.includes('?uploadId=');
  });
  return new Set(written.map(({ url }) => keyOf(url)));
}

/** The key in a path-style address. */
export function keyOf(url: string): string {
  const [path = ''] = url.split('?');
  return decodeURIComponent(path.split('/').slice(2).join('/'));
}
