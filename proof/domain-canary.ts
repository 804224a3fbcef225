import { randomBytes } from 'node:crypto';
import { connectionPool } from '../engine/http-transport.ts';
import type { S3Endpoint } from '../engine/s3-request.ts';
import { askerAt } from './asking.ts';
import { canaryBody, openCanaries } from './canaries.ts';
import type { DomainOptions } from './domain.ts';

/**
 * Puts a canary into the bucket behind a domain, runs `use` with it, and removes it again, also when `use` fails.
 * Throws a `UserError` where the deploying identity cannot write there.
 */
export async function withDomainCanary<T>(
  bucket: { readonly name: string; readonly administrator: Required<S3Endpoint> },
  use: (canary: DomainOptions['canary']) => Promise<T>,
): Promise<{ readonly result: T; readonly leftBehind: readonly string[] }> {
  const pool = connectionPool();
  const keeper = openCanaries({ provider: 'r2', administrator: () => askerAt(bucket.administrator, { pool }) });
  const key = `.sluice-canary/${randomBytes(16).toString('hex')}/domain`;
  let leftBehind: string[] = [];
  try {
    const result = await keeper
      .put(bucket.name, key)
      .then(() => use({ key, body: canaryBody }))
      .finally(async () => (leftBehind = await keeper.removeAll()));
    return { result, leftBehind };
  } finally {
    await pool.close();
  }
}
