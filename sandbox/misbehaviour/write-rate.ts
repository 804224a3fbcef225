import type { FaultOf } from './fault.ts';
import type { Asked } from './misbehaviour.ts';

const writes: ReadonlySet<string> = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload']);
/** When so many keys are remembered, those that matter no more are dropped. */
const keysMax = 10_000;

/**
 * Tells whether a write follows the last accepted one of its key too closely. R2 takes one a second of a key (R2 docs,
 * "Limits") and answers 429 to more.
 */
export function writeRate(): (fault: FaultOf<'write-rate'>, asked: Asked & { readonly bucket?: string }) => boolean {
  const lastMs = new Map<string, number>();
  return ({ writesPerSecond }, { operation, bucket, key }) => {
    if (!writes.has(operation) || bucket === undefined || key === undefined) return false;
    const name = `${bucket}/${key}`;
    const nowMs = performance.now();
    const spacingMs = 1000 / writesPerSecond;
    if (nowMs - (lastMs.get(name) ?? -Infinity) < spacingMs) return true;
    if (lastMs.size >= keysMax) {
      for (const [other, ms] of lastMs) if (nowMs - ms >= spacingMs) lastMs.delete(other);
    }
    lastMs.set(name, nowMs);
    return false;
  };
}
