import { createHash } from 'node:crypto';
import type { PassingHash } from './body.ts';

/** One reading of one part. */
export interface PartReading extends PassingHash {
  /** This is the reading that counts; of those that failed nothing does. */
  keep(): void;
}

/** The MD5 of a whole that is read part by part, in order: no MD5 can be put together of those of its parts. */
export interface PartwiseMd5 {
  /** Begins with the first part that was not kept yet; a part may be read many times. */
  readPart(): PartReading;
  /** In hex, of all parts that were kept. */
  value(): string;
}

export function partwiseMd5(): PartwiseMd5 {
  let kept = createHash('md5');
  return {
    readPart() {
      const reading = kept.copy();
      return { update: (chunk) => reading.update(chunk), keep: () => void (kept = reading) };
    },
    value: () => kept.copy().digest('hex'),
  };
}
