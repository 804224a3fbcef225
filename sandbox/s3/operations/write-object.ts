import type { IncomingHttpHeaders } from 'node:http';
import type { DiskObject, Precondition, ReceivedBody } from '../../store/disk-world.ts';
import { quoted, sendEmpty } from '../answer.ts';
import type { Call } from '../call.ts';
import { checkWriteCondition, conditionsOf } from '../conditions.ts';
import { encrypted } from '../encryption.ts';
import { checksumHeaders, encryptionOf, headersToKeep } from '../object-headers.ts';
import type { S3Profile } from '../profile.ts';
import { S3Error } from '../s3-error.ts';
import { aclToKeep } from './acl.ts';
import { encryptionToKeep } from './bucket-encryption.ts';
import { expirationHeaders } from './bucket-lifecycle.ts';
import { checkLockedBody, lockToKeep } from './object-lock.ts';
import { tagsToKeep } from './object-tagging.ts';
import { versionHeaders } from './version.ts';

/** S3 API reference, PutObject. Throws as `storeObject`. */
export async function putObject(call: Call): Promise<void> {
  const object = await storeObject(call, call.request.headers);
  sendEmpty(call.response, 200, storedHeaders(call, object));
}

/** Makes the body of `call` the object at its key; `content` holds `Content-Type` and its like. */
export async function storeObject(call: Call, content: IncomingHttpHeaders): Promise<DiskObject> {
  const { world, bucket, key, profile, headers } = call;
  checkWriteHeaders(call);
  const lock = lockToKeep(call);
  checkLockedBody(call, lock.lock);
  const kept = {
    headers: { ...headersToKeep(content, headers, profile), ...encryptionToKeep(call) },
    ...tagsToKeep(call),
    ...aclToKeep(call),
    ...lock,
  };
  const precondition = writePrecondition(call);
  // Told early, so that a body need not be sent in vain; what counts is the check in the store.
  precondition?.(world.object(bucket, key));
  const body = call.body(profile.checksumDefault);
  return receiving(call, body, (received) => {
    const checksum = body.checksum();
    return world.put(
      bucket,
      key,
      encrypted(received, kept.headers),
      { ...kept, ...(checksum && { checksum }) },
      precondition,
    );
  });
}

/** What the answer to an upload says of the object. */
export function storedHeaders(call: Call, object: DiskObject): Record<string, string> {
  return {
    etag: quoted(object.entityTag),
    ...checksumHeaders(object),
    ...encryptionOf(call.profile, object.headers),
    ...versionHeaders(call, call.bucket, object),
    ...expirationHeaders(call, object),
  };
}

/** Receives the body and settles it, or leaves nothing of it behind. */
export async function receiving<Settled>(
  { world, bucket }: Call,
  body: AsyncIterable<Uint8Array>,
  settle: (received: ReceivedBody) => Settled,
): Promise<Settled> {
  const received = await world.receive(bucket, body);
  try {
    return settle(received);
  } catch (error) {
    world.discard(bucket, received);
    throw error;
  }
}

/** Checks what the conditional headers of a write say; undefined without any. */
export function writePrecondition({ headers, profile }: Call): Precondition | undefined {
  const conditions = conditionsOf(headers);
  const { ifMatch, ifNoneMatch } = conditions;
  if (profile.provider === 'aws' && ifNoneMatch !== undefined && ifNoneMatch !== '*')
    throw new S3Error('NotImplemented');
  if (profile.provider === 'aws' && ifMatch === '*') throw new S3Error('NotImplemented');
  if (Object.values(conditions).every((value) => value === undefined)) return undefined;
  const missing = profile.provider === 'aws' ? 'NoSuchKey' : 'PreconditionFailed';
  return (existing) => checkWriteCondition(conditions, existing, missing);
}

/** Features that are not there must not be taken for granted: an object stored without them would be a lie. */
const notServed: Readonly<Record<S3Profile['provider'], readonly string[]>> = {
  aws: ['x-amz-write-offset-bytes', 'x-amz-server-side-encryption-context'],
  r2: ['x-amz-write-offset-bytes', 'x-amz-server-side-encryption-aws-kms-key-id'],
};

/** Throws `NotImplemented` for what a write asks beside storing and is not served. */
export function checkWriteHeaders(call: Call): void {
  const { headers, profile } = call;
  const missing = notServed[profile.provider].find((name) => headers[name] !== undefined);
  const encryption = headers['x-amz-server-side-encryption'] ?? 'AES256';
  if (missing !== undefined || (profile.provider === 'r2' && encryption !== 'AES256')) {
    throw new S3Error('NotImplemented', undefined, { Header: missing ?? 'x-amz-server-side-encryption' });
  }
}
