import type { Amendment, DiskObject, Tags } from '../../store/disk-world.ts';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { readXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { checkedTags, taggingDocument, taggingSchema, tagsOfHeader } from '../tags.ts';
import { existing } from './read-object.ts';
import { versionHeaders } from './version.ts';

/** S3 API reference, GetObjectTagging. Throws as `existing`. */
export function getObjectTagging(call: Call): void {
  const object = existing(call);
  sendXml(call.response, taggingDocument(object.tags), 200, versionHeaders(call, call.bucket, object));
}

/** Replaces all tags (S3 API reference, PutObjectTagging). Throws `MalformedXML`, and as `existing` and `checkedTags`. */
export async function putObjectTagging(call: Call): Promise<void> {
  // Told early; what counts is the look after the body came.
  existing(call);
  const { TagSet } = await readXml(call.body(), 'Tagging', taggingSchema);
  const tags = checkedTags(TagSet.Tag.map(({ Key, Value }) => [Key, Value] as const));
  sendEmpty(call.response, 200, amend(call, { tags: tags ?? null }));
}

/** S3 API reference, DeleteObjectTagging. Throws as `existing`. */
export function deleteObjectTagging(call: Call): void {
  sendEmpty(call.response, 204, amend(call, { tags: null }));
}

function amend(call: Call, changes: Amendment): Record<string, string> {
  const amended = call.world.amend(call.bucket, existing(call), changes);
  return versionHeaders(call, call.bucket, amended);
}

/** `x-amz-tagging-count`, for who may read the tags (S3 API reference, GetObject). */
export function countHeaders(call: Call, { tags }: DiskObject): Record<string, string> {
  if (tags === undefined) return {};
  const { verdict } = call.decide({ operation: 'GetObjectTagging' });
  return verdict === 'allowed' ? { 'x-amz-tagging-count': String(Object.keys(tags).length) } : {};
}

/** The tags that a write gives its object. */
export function tagsToKeep({ headers }: Call): { readonly tags?: Tags } {
  const tags = tagsOfHeader(headers['x-amz-tagging']);
  return tags === undefined ? {} : { tags };
}

/**
 * The tags of a copy: the source's, which the caller must be allowed to read there and to write here, or with
 * `x-amz-tagging-directive: REPLACE` those of the request (S3 API reference, CopyObject). Throws `InvalidArgument`, `AccessDenied`.
 */
export function tagsOfCopy(call: Call, { tags }: DiskObject): { readonly tags?: Tags } {
  const { headers, storage } = call;
  const directive = headers['x-amz-tagging-directive'] ?? 'COPY';
  if (directive === 'REPLACE') return tagsToKeep(call);
  if (directive !== 'COPY') throw new S3Error('InvalidArgument', 'Unknown tagging directive.');
  if (tags === undefined || storage.copySource === undefined) return {};
  const reading = { operation: 'GetObjectTagging', ...storage.copySource } as const;
  for (const asked of [reading, { operation: 'PutObjectTagging' } as const]) {
    const decision = call.decide(asked);
    if (decision.verdict !== 'allowed') throw call.denied(asked, decision);
  }
  return { tags };
}
