import type { IncomingMessage } from 'node:http';
import type { ObjectWorld, StoredObject } from '../store/object-store.ts';
import { htmlPage } from './answer.ts';
import type { EdgeAnswer } from './answer.ts';

/**
 * A public bucket's answer: GET and HEAD of one object by its exact key, with a range or a condition. Nothing is listed;
 * errors are pages (Cloudflare docs: "R2 > Public buckets").
 */
export function publicObject(
  { world, bucket }: { readonly world: ObjectWorld; readonly bucket: string },
  key: string,
  { method, headers }: IncomingMessage,
): EdgeAnswer {
  if (method !== 'GET' && method !== 'HEAD') return htmlPage(405, 'Method not allowed', { allow: 'GET, HEAD' });
  const object = key === '' ? undefined : world.object(bucket, key);
  if (object === undefined) return htmlPage(404, 'Object not found');
  const shared = headersOf(object);
  const { 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && entityTags(ifNoneMatch).some((tag) => tag === '*' || tag === object.entityTag)) {
    return { status: 304, headers: shared };
  }
  const range = method === 'GET' ? rangeOf(headers.range, object.sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    return htmlPage(416, 'Range not satisfiable', { 'content-range': `bytes */${object.sizeBytes}` });
  }
  if (range === undefined) {
    const whole = { ...shared, 'content-length': object.sizeBytes };
    return method === 'HEAD'
      ? { status: 200, headers: whole }
      : { status: 200, headers: whole, body: world.read(bucket, object) };
  }
  return {
    status: 206,
    headers: {
      ...shared,
      'content-length': range.to - range.from + 1,
      'content-range': `bytes ${range.from}-${range.to}/${object.sizeBytes}`,
    },
    body: world.read(bucket, object, range),
  };
}

/** Content headers only: a public bucket does not show custom metadata. */
function headersOf({ headers, entityTag, modifiedAt }: StoredObject): Record<string, string> {
  const content = Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-'));
  return {
    'content-type': 'application/octet-stream',
    ...Object.fromEntries(content),
    etag: `"${entityTag}"`,
    'last-modified': modifiedAt.toUTCString(),
    'accept-ranges': 'bytes',
  };
}

function entityTags(header: string): string[] {
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''));
}

/** One range; several, or what is none, mean the whole object (RFC 9110, 14.2). */
function rangeOf(
  header: string | undefined,
  sizeBytes: number,
): { from: number; to: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const from = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (first !== '' && last !== '' && Number(last) < from) return undefined;
  return from > to ? 'unsatisfiable' : { from, to };
}
