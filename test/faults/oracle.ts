import { createHash } from 'node:crypto';
import type { Summary } from '../../engine/summary.ts';
import type { BucketSide } from '../engine/bucket-side.ts';

/** Every object of a side by key: the hash of its body. */
export type Snapshot = ReadonlyMap<string, string>;

/** What is there, read past the protocol: a full listing and a hash of every body. */
export async function snapshot(side: BucketSide): Promise<Snapshot> {
  const bodies = await side.bodies();
  return new Map(
    Object.entries(bodies).map(([key, body]) => [key, createHash('sha256').update(body, 'latin1').digest('hex')]),
  );
}

export interface Run {
  readonly operation: 'copy' | 'sync';
  /** The source before the run, and what it held at any moment since where it changed. */
  readonly source: readonly Snapshot[];
  readonly destination: { readonly before: Snapshot; readonly after: Snapshot };
  /** Keys whose write the engine was told to have succeeded. */
  readonly acknowledged: ReadonlySet<string>;
  readonly summary: Pick<Summary, 'complete' | 'failures'>;
}

/**
 * What a run may never do, whatever went wrong (a model in the manner of Jepsen): returns a sentence for each object that is
 * lost, half there, foreign, wrongly deleted or silently missing; nothing where the run may stand as it is.
 */
export function violations({ operation, source, destination, acknowledged, summary }: Run): string[] {
  const found: string[] = [];
  const { before, after } = destination;
  const last = source.at(-1) ?? new Map<string, string>();
  const failed = new Set(summary.failures.map(({ key }) => key));
  const versions = (key: string) => source.flatMap((moment) => moment.get(key) ?? []);

  const unchanged = [...(source[0] ?? [])].filter(([key, hash]) => last.get(key) === hash);
  const isCopied = unchanged.every(([key, hash]) => after.get(key) === hash);

  for (const [key, hash] of after) {
    const isSourceVersion = versions(key).includes(hash);
    if (isSourceVersion || before.get(key) === hash) continue;
    found.push(versions(key).length > 0 ? `${key} is neither the source's nor what it was` : `${key} is foreign`);
  }
  for (const key of before.keys()) {
    if (after.has(key)) continue;
    // Also where the run was killed in or after its last phase: deletes come when every copy is there, and not before.
    const mayGo = operation === 'sync' && !last.has(key) && isCopied;
    if (!mayGo) found.push(`${key} was deleted`);
  }
  for (const key of acknowledged) {
    if (!versions(key).includes(after.get(key) ?? '')) found.push(`the acknowledged write of ${key} is lost`);
  }
  // That deletes were held back says nothing of copies; any other failure of the whole run does.
  const isCutShort = summary.failures.some(({ key, code }) => key === '' && code !== 'EarlierFailures');
  for (const [key, hash] of unchanged) {
    if (isCutShort || failed.has(key) || after.get(key) === hash) continue;
    found.push(`${key} was not copied, and nobody was told`);
  }
  if (summary.complete && operation === 'sync') {
    for (const key of after.keys()) if (!last.has(key)) found.push(`${key} was not deleted, and nobody was told`);
  }
  if (summary.complete !== (failed.size === 0))
    found.push(`"complete" is ${summary.complete} beside ${failed.size} failures`);
  return found;
}
