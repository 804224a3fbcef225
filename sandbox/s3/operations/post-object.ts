import type { DiskObject } from '../../store/disk-world.ts';
import { quoted, sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { document, field } from '../xml.ts';
import { storeObject, storedHeaders } from './write-object.ts';

/** PutObject by a browser's form: stored as any other, answered as the form asks (S3 API reference, POST Object). */
export async function postObject(
  call: Call,
  content: Readonly<Record<string, string>>,
  fields: ReadonlyMap<string, string>,
): Promise<void> {
  const object = await storeObject(call, content);
  const { bucket, key, response, request } = call;
  const location = `http://${request.headers.host ?? ''}/${bucket}/${encodeURIComponent(key)}`;
  const headers = { ...storedHeaders(call, object), location };
  const redirect = redirectOf(fields.get('success_action_redirect') ?? fields.get('redirect'), call, object);
  if (redirect !== undefined) {
    sendEmpty(response, 303, { ...headers, location: redirect });
    return;
  }
  switch (fields.get('success_action_status')) {
    case '200':
      sendEmpty(response, 200, headers);
      return;
    case '201': {
      const described = [field('Location', location), field('Bucket', bucket), field('Key', key)];
      sendXml(response, document('PostResponse', ...described, field('ETag', quoted(object.entityTag))), 201, headers);
      return;
    }
    default:
      sendEmpty(response, 204, headers);
  }
}

/** Where the browser goes next, told what it made; S3 ignores what is no web address. */
function redirectOf(target: string | undefined, { bucket, key }: Call, { entityTag }: DiskObject): string | undefined {
  if (target === undefined || !URL.canParse(target)) return undefined;
  const url = new URL(target);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  for (const [name, value] of Object.entries({ bucket, key, etag: quoted(entityTag) }))
    url.searchParams.set(name, value);
  return url.href;
}
