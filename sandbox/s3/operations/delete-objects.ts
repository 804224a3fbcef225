import { z } from 'zod';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { checkWriteCondition } from '../conditions.ts';
import { checkIntegrity } from '../integrity.ts';
import { versionOf } from '../../store/key-versions.ts';
import { keyBytesMax, pageEntriesMax } from '../limits.ts';
import { readXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { document, element, field, type Xml } from '../xml.ts';
import { refuseHeld } from './object-lock.ts';
import { checkVersion, versioningOf } from './version.ts';

/** DeleteObject, and DeleteObjects for up to 1,000 keys. Deleting what is not there succeeds. */
export function deleteObject(call: Call): void {
  const { key, headers, storage, response } = call;
  const { marker, versionId } = remove(call, { key, versionId: storage.versionId, tag: headers['if-match'] });
  sendEmpty(response, 204, {
    ...(marker && { 'x-amz-delete-marker': 'true' }),
    ...(versionId !== undefined && { 'x-amz-version-id': versionId }),
  });
}

interface Removal {
  /** A delete marker was made, or was what went. */
  readonly marker: boolean;
  /** The version that was made or that went; undefined in a bucket without versions. */
  readonly versionId?: string;
}

/** Deletes a version for good, or the object: in a bucket with versions a delete marker hides it. */
function remove(
  call: Call,
  {
    key,
    versionId,
    tag,
  }: { readonly key: string; readonly versionId: string | undefined; readonly tag: string | undefined },
): Removal {
  const { world, profile, bucket } = call;
  checkVersion(call, versionId);
  if (tag !== undefined) {
    const asked = versionId === undefined ? world.object(bucket, key) : world.version(bucket, key, versionId);
    checkWriteCondition({ ifMatch: tag }, asked);
  }
  const versioned = profile.provider === 'aws' && versioningOf(world, bucket) !== undefined;
  if (versionId === undefined || profile.provider === 'r2') {
    world.delete(bucket, key);
    const latest = versioned ? world.latest(bucket, key) : undefined;
    return latest === undefined ? { marker: false } : { marker: true, versionId: versionOf(latest) };
  }
  const version = world.version(bucket, key, versionId);
  if (version !== undefined) refuseHeld(call, version);
  const removed = world.deleteVersion(bucket, key, versionId);
  return { marker: removed?.deleteMarker === true, ...(versioned && { versionId }) };
}

const deleteSchema = z.object({
  Object: z
    .array(z.object({ Key: z.string().min(1), VersionId: z.string().optional(), ETag: z.string().optional() }))
    .min(1)
    .max(pageEntriesMax),
  Quiet: z.enum(['true', 'false']).optional(),
});
type Entry = z.infer<typeof deleteSchema>['Object'][number];

/**
 * Deletes up to 1,000 keys, each decided and answered by itself (S3 API reference, DeleteObjects). Throws `MalformedXML`, and
 * as `checkIntegrity`.
 */
export async function deleteObjects(call: Call): Promise<void> {
  checkIntegrity(call);
  const { Object: entries, Quiet } = await readXml(call.body(), 'Delete', deleteSchema);
  const results = entries.map((entry) => deleteEntry(call, entry, Quiet === 'true'));
  sendXml(call.response, document('DeleteResult', ...results));
}

/** What the answer says of one key; nothing where it went well and the request is quiet. */
function deleteEntry(
  call: Call,
  { Key: key, VersionId: versionId, ETag: tag }: Entry,
  quiet: boolean,
): Xml | undefined {
  const request = { key, ...(versionId !== undefined && { versionId }) };
  try {
    if (Buffer.byteLength(key) > keyBytesMax) throw new S3Error('KeyTooLongError');
    const decision = call.decide(request);
    if (decision.verdict !== 'allowed') throw call.denied(request, decision);
    const removal = remove(call, { key, versionId, tag });
    if (quiet) return undefined;
    return element(
      'Deleted',
      field('Key', key),
      field('VersionId', versionId),
      removal.marker ? field('DeleteMarker', true) : undefined,
      removal.marker ? field('DeleteMarkerVersionId', removal.versionId) : undefined,
    );
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    const { code, message } = error;
    return element(
      'Error',
      field('Key', key),
      field('VersionId', versionId),
      field('Code', code),
      field('Message', message),
    );
  }
}
