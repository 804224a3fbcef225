import { connectionPool } from '../engine/http-transport.ts';
import type { BucketPlace } from '../engine/place.ts';
import { askerAt, seenIn } from './asking.ts';
import { type Wait, askUntil } from './patience.ts';
import { classifyAnswer } from './refusal.ts';
import { type Answer, answerInWords } from './report.ts';

export interface LivenessOptions {
  /** A place the credential may list, or could while it lived. */
  readonly place: BucketPlace;
  /** Both a new key and a revocation take time to spread. */
  readonly timeoutSeconds: number;
  /** How many such answers in a row count as proof. */
  readonly inARow: number;
  readonly wait?: Wait;
  readonly signal?: AbortSignal;
}

export interface LivenessReport {
  readonly proven: boolean;
  readonly seen: Answer;
  readonly because: string;
  readonly durationMs: number;
}

/**
 * Asks until the endpoint refuses the key itself, as a deleted, disabled or expired one: AWS InvalidAccessKeyId, R2 401
 * Unauthorized. A mere AccessDenied shows a living key without a right, and proves nothing here.
 */
export function proveDead(options: LivenessOptions): Promise<LivenessReport> {
  return prove(options, ({ provider }, seen) => isDeadKey(provider, seen), 'the key is dead');
}

/** Asks until the endpoint accepts the key, whatever it may do with it. */
export function proveAlive(options: LivenessOptions): Promise<LivenessReport> {
  const isAlive = ({ provider }: BucketPlace, seen: Answer): boolean =>
    ['allowed', 'refused'].includes(classifyAnswer(provider, seen));
  return prove(options, isAlive, 'the key is alive');
}

/** Narrower than a credential that is not accepted: a wrong secret or a skewed clock fails too, though the key lives. */
export function isDeadKey(provider: BucketPlace['provider'], { status, code }: Answer): boolean {
  if (provider === 'r2') return status === 401 && code === 'Unauthorized';
  return status === 403 && code === 'InvalidAccessKeyId';
}

async function prove(
  { place, timeoutSeconds, inARow, wait, signal }: LivenessOptions,
  holds: (place: BucketPlace, seen: Answer) => boolean,
  words: string,
): Promise<LivenessReport> {
  const startedAt = performance.now();
  const pool = connectionPool();
  try {
    const ask = askerAt(place, { pool, signal });
    const query = { 'list-type': '2', prefix: place.prefix, 'max-keys': '1' };
    const { seen, proven } = await askUntil({
      ask: async () => {
        for (let count = 1; ; count += 1) {
          const answer = seenIn(await ask({ method: 'GET', bucket: place.bucket, query }));
          const held = holds(place, answer);
          if (!held || count >= inARow) return { seen: answer, proven: held };
        }
      },
      isDone: (round) => round.proven,
      timeoutSeconds,
      wait,
      signal,
    });
    const answered = `ListObjectsV2 answered ${answerInWords(seen)}`;
    const because = proven ? `${words}: ${answered}` : `not shown in ${timeoutSeconds} s that ${words}: ${answered}`;
    return { proven, seen, because, durationMs: Math.round(performance.now() - startedAt) };
  } finally {
    await pool.close();
  }
}
