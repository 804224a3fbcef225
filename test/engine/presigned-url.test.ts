import type { AccessKeys } from '../../engine/place.ts';
import { createSigner, encodePath } from '../../engine/signer.ts';
import { bucket, startBucketSide } from './bucket-side.ts';

interface PresignedPlace {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: AccessKeys;
}

/** Reads one object for a minute. */
function presignedUrl(place: PresignedPlace, key: string, now?: Date): string {
  const { origin, host } = new URL(place.endpoint);
  const path = encodePath(bucket, key);
  return `${origin}${path}?${createSigner(place).presign({ method: 'GET', host, path, expiresSeconds: 60 }, now)}`;
}

test('A7: a presigned URL gives one object to whoever holds it, until it expires', async () => {
  const side = await startBucketSide();
  await side.put('shared ü', 'shared');
  const url = presignedUrl(side.place(), 'shared ü');
  const answer = await fetch(url);
  expect([answer.status, await answer.text()]).toEqual([200, 'shared']);
  expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403);
  expect((await fetch(url.replace('shared', 'other'))).status).toBe(403);
  const hourAgo = new Date(Date.now() - 3_600_000);
  expect((await fetch(presignedUrl(side.place(), 'shared ü', hourAgo))).status).toBe(403);
  await side.close();
});
