import { z } from 'zod';
import { keyBytesMax } from './limits.ts';
import type { UploadForm } from './multipart-form.ts';
import { parsePostPolicy, type PostPolicy } from './post-policy.ts';
import { parseXml } from './request-xml.ts';
import { S3Error } from './s3-error.ts';
import { taggingSchema } from './tags.ts';

/** A browser's form as PutObject understands it (S3 API reference, POST Object, "Form fields"). */
export interface FormUpload {
  readonly key: string;
  /** The form's, as its policy sees them: `${filename}` replaced, and the bucket among them. */
  readonly fields: ReadonlyMap<string, string>;
  /** Absent from a form that nobody signed. */
  readonly policy?: PostPolicy;
  /** `Content-Type` and its like. */
  readonly content: Readonly<Record<string, string>>;
  /** `x-amz-*`. */
  readonly amz: Readonly<Record<string, string>>;
}

const contentFields = ['cache-control', 'content-disposition', 'content-encoding', 'content-type', 'expires'];
const ofSignature = /^x-amz-(algorithm|credential|date|signature|security-token)$/;

/** Throws `InvalidArgument` without a key, `KeyTooLongError`, `InvalidPolicyDocument`, `MalformedXML` for tags that are none. */
export function uploadOf({ fields: sent, fileName }: UploadForm, bucket: string): FormUpload {
  const key = sent.get('key')?.replaceAll('${filename}', fileName);
  if (key === undefined || key === '') {
    const message =
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.";
    throw new S3Error('InvalidArgument', message);
  }
  if (Buffer.byteLength(key) > keyBytesMax) throw new S3Error('KeyTooLongError');
  const fields = new Map([...sent, ['key', key], ['bucket', bucket]]);
  const policy = fields.get('policy');
  return { key, fields, ...(policy !== undefined && { policy: parsePostPolicy(policy) }), ...headersOf(fields) };
}

function headersOf(fields: ReadonlyMap<string, string>): Pick<FormUpload, 'content' | 'amz'> {
  const content: Record<string, string> = {};
  const amz: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (contentFields.includes(name)) content[name] = value;
    else if (name.startsWith('x-amz-') && !ofSignature.test(name)) amz[name] = value;
  }
  const acl = fields.get('acl');
  if (acl !== undefined) amz['x-amz-acl'] = acl;
  const tagging = fields.get('tagging');
  if (tagging !== undefined) amz['x-amz-tagging'] = tagsOf(tagging);
  return { content, amz };
}

/** The field holds the XML of PutObjectTagging, the header a query. */
function tagsOf(xml: string): string {
  const parsed = z.safeParse(taggingSchema, parseXml(xml, 'Tagging'));
  if (!parsed.success) throw new S3Error('MalformedXML');
  const query = new URLSearchParams();
  for (const { Key, Value } of parsed.data.TagSet.Tag) query.append(Key, Value);
  return query.toString();
}
