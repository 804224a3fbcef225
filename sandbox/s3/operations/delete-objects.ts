import { z } from 'zod';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { checksumAlgorithms, checksumHeader } from '../checksums.ts';
import { checkWriteCondition, conditionsOf } from '../conditions.ts';
import { keyBytesMax, pageEntriesMax } from '../limits.ts';
import { readXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { document, element, field, type Xml } from '../xml.ts';
import { checkVersion } from './version.ts';

/** DeleteObject, and DeleteObjects for up to 1,000 keys. Deleting what is not there succeeds. */
export function deleteObject({ world, bucket, key, headers, storage, response }: Call): void {
  checkVersion(storage.versionId);
  const { ifMatch } = conditionsOf(headers);
  if (ifMatch !== undefined) checkWriteCondition({ ifMatch }, world.object(bucket, key));
  world.delete(bucket, key);
  sendEmpty(response, 204);
}

const deleteSchema = z.object({
  Object: z
    .array(z.object({ Key: z.string().min(1), VersionId: z.string().optional(), ETag: z.string().optional() }))
    .min(1)
    .max(pageEntriesMax),
  Quiet: z.enum(['true', 'false']).optional(),
});
type Entry = z.infer<typeof deleteSchema>['Object'][number];

export async function deleteObjects(call: Call): Promise<void> {
  const { request, headers, profile, response } = call;
  const checked = checksumAlgorithms.some((algorithm) => {
    const name = checksumHeader(algorithm);
    return headers[name] !== undefined || headers['x-amz-trailer']?.includes(name);
  });
  if (profile.provider === 'aws' && request.headers['content-md5'] === undefined && !checked) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
  }
  const { Object: entries, Quiet } = await readXml(call.body(), 'Delete', deleteSchema);
  const results = entries.map((entry) => deleteEntry(call, entry, Quiet === 'true'));
  sendXml(response, document('DeleteResult', ...results));
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
    checkVersion(versionId);
    if (tag !== undefined) checkWriteCondition({ ifMatch: tag }, call.world.object(call.bucket, key));
    call.world.delete(call.bucket, key);
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
  return quiet ? undefined : element('Deleted', field('Key', key), field('VersionId', versionId));
}
