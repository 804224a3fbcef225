import assert from 'node:assert';
import { z } from 'zod';
import type { BucketPlace } from '../engine/place.ts';
import { runOperation, type RunOptions } from '../engine/run.ts';

export const serverInputSchema = z.object({ url: z.string() });

/** A bucket of the fast server, which checks no signature. */
export function benchPlace(url: string, bucket: 'full' | 'full-too' | 'empty'): BucketPlace {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench'.repeat(8) };
  return { kind: 'bucket', provider: 'aws', endpoint: url, region: 'eu-west-1', bucket, prefix: 'data/', credentials };
}

/** Copies the full bucket of the server to the empty one by the engine and returns the number of objects. */
export async function copyByEngine(url: string, options: Partial<RunOptions>): Promise<number> {
  const summary = await runOperation({
    operation: 'copy',
    source: benchPlace(url, 'full'),
    destination: benchPlace(url, 'empty'),
    ...options,
  });
  assert(summary.complete, JSON.stringify(summary.failures.slice(0, 3)));
  return summary.objectsCopied;
}
