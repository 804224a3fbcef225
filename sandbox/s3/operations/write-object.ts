import type { Precondition, ReceivedBody } from '../../store/disk-world.ts';
import { quoted, sendEmpty } from '../answer.ts';
import type { Call } from '../call.ts';
import { checkWriteCondition, conditionsOf } from '../conditions.ts';
import { checksumHeaders, encryptionOf, headersToKeep } from '../object-headers.ts';
import { S3Error } from '../s3-error.ts';
import { checkAcl } from './acl.ts';
import { tagsToKeep } from './object-tagging.ts';
import { versionHeaders } from './version.ts';

export async function putObject(call: Call): Promise<void> {
  const { world, bucket, key, profile, request, headers, response } = call;
  checkWriteHeaders(call);
  const kept = { headers: headersToKeep(request.headers, headers, profile), ...tagsToKeep(call) };
  const precondition = writePrecondition(call);
  // Told early, so that a body need not be sent in vain; what counts is the check in the store.
  precondition?.(world.object(bucket, key));
  const body = call.body(profile.checksumDefault);
  const object = await receiving(call, body, (received) => {
    const checksum = body.checksum();
    return world.put(bucket, key, received, { ...kept, ...(checksum && { checksum }) }, precondition);
  });
  sendEmpty(response, 200, {
    etag: quoted(object.entityTag),
    ...checksumHeaders(object),
    ...encryptionOf(profile),
    ...versionHeaders(call, bucket, object),
  });
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
const notServed = [
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-write-offset-bytes',
];

/** Throws `NotImplemented` or `AccessControlListNotSupported` for what a write asks beside storing. */
export function checkWriteHeaders(call: Call): void {
  const { headers } = call;
  const encryption = headers['x-amz-server-side-encryption'];
  const missing = notServed.find((name) => headers[name] !== undefined);
  if (missing !== undefined || (encryption !== undefined && encryption !== 'AES256')) {
    throw new S3Error('NotImplemented', undefined, { Header: missing ?? 'x-amz-server-side-encryption' });
  }
  checkAcl(call);
}
