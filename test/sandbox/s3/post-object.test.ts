import { createHmac } from 'node:crypto';
import { GetObjectTaggingCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { element, send, sendSigned, type RawAnswer } from './raw-request.ts';

const Bucket = 'forms';
let endpoint: TestEndpoint;
let s3: S3Client;
let allows: (request: StorageRequest, anonymous: boolean) => boolean;

beforeAll(async () => {
  endpoint = await startEndpoint({ allows: (request, caller) => allows(request, caller === undefined) });
  await endpoint.world.createBucket(Bucket, {});
  s3 = endpoint.client();
});
beforeEach(() => {
  allows = (_request, anonymous) => !anonymous;
});
afterAll(() => endpoint.close());

type Fields = Readonly<Record<string, string>>;
interface Signing {
  readonly conditions?: readonly unknown[];
  readonly expiration?: string;
  readonly secretAccessKey?: string;
}

/** The fields by which `fields` are signed, under a policy that allows exactly them unless said. */
function signed(fields: Fields, { conditions, expiration, secretAccessKey }: Signing = {}): Fields {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const claim = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${endpoint.accessKeyId}/${day}/${endpoint.region}/s3/aws4_request`,
    'x-amz-date': stamp,
  };
  const exact = Object.entries({ ...fields, ...claim }).map(([name, value]) => ['eq', `$${name}`, value]);
  const document = {
    expiration: expiration ?? new Date(Date.now() + 60_000).toISOString(),
    conditions: [{ bucket: Bucket }, ...exact, ...(conditions ?? [])],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  const secret = `AWS4${secretAccessKey ?? endpoint.secretAccessKey}`;
  const key = [day, endpoint.region, 's3', 'aws4_request'].reduce<Buffer>(
    (last, text) => createHmac('sha256', last).update(text).digest(),
    Buffer.from(secret),
  );
  return { ...fields, ...claim, policy, 'x-amz-signature': createHmac('sha256', key).update(policy).digest('hex') };
}

async function post(fields: Fields, file = 'content', to: TestEndpoint = endpoint): Promise<RawAnswer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([file]), 'photo.jpg');
  const request = new Request('http://sandbox.test', { method: 'POST', body: form });
  const body = Buffer.from(await request.arrayBuffer());
  const headers = {
    'content-type': request.headers.get('content-type') ?? '',
    'content-length': String(body.length),
  };
  return send(to, { method: 'POST', path: `/${Bucket}`, headers, body });
}
const tagged = '<Tagging><TagSet><Tag><Key>team</Key><Value>web</Value></Tag></TagSet></Tagging>';
const codeOf = ({ status, body }: RawAnswer) => [status, element(body, 'Code')];
const contentOf = (key: string) => {
  const object = endpoint.world.object(Bucket, key);
  return object && endpoint.world.readNow(Bucket, object)?.toString();
};

describe('a signed form', () => {
  test('stores its file with its headers, metadata and tags', async () => {
    const more = { 'Content-Type': 'image/jpeg', 'x-amz-meta-by': 'form', tagging: tagged };
    const answer = await post(signed({ key: 'photos/${filename}', ...more }, {}), 'photo');
    // The policy sees the key with the file's name in it.
    expect(codeOf(answer)).toEqual([403, 'AccessDenied']);
    const named = await post(signed({ key: 'photos/a.jpg', ...more }), 'photo');
    expect(named.status).toBe(204);
    expect(named.headers.etag).toMatch(/^"[0-9a-f]{32}"$/);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'photos/a.jpg' }));
    expect(head).toMatchObject({ ContentType: 'image/jpeg', Metadata: { by: 'form' }, ContentLength: 5 });
    const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'photos/a.jpg' }));
    expect(TagSet).toEqual([{ Key: 'team', Value: 'web' }]);
  });

  test('names the KMS key of its file, which its signer must be allowed to use', async () => {
    const arn = `arn:aws:kms:${endpoint.region}:000000000000:key/k`;
    const [method, key] = ['x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id'];
    const form = () => post(signed({ key: 'sealed' }, { conditions: [['starts-with', `$${method}`, '']] }));
    const sealed = (name: string) => post(signed({ key: name, [method]: 'aws:kms', [key]: 'k', tagging: tagged }));
    expect(codeOf(await form())).toEqual([204, undefined]);
    const answer = await sealed('sealed');
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({ [method]: 'aws:kms', [key]: arn });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'sealed' }));
    expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: arn });
    allows = ({ kmsKey }) => kmsKey === undefined;
    expect(codeOf(await sealed('no'))).toEqual([403, 'AccessDenied']);
    expect(contentOf('no')).toBeUndefined();
  });

  test('puts the name of the file into the key', async () => {
    const fields = signed({}, { conditions: [['starts-with', '$key', 'photos/']] });
    expect((await post({ key: 'photos/${filename}', ...fields })).status).toBe(204);
    expect(contentOf('photos/photo.jpg')).toBe('content');
  });

  test.each([
    ['200', 200],
    ['201', 201],
    ['204', 204],
    ['500', 204],
  ])('is answered as success_action_status %s asks, by %i', async (success_action_status, status) => {
    const answer = await post(signed({ key: 'a', success_action_status }));
    expect(answer.status).toBe(status);
    expect(element(answer.body, 'Key')).toBe(status === 201 ? 'a' : undefined);
  });

  test('sends the browser on to a web address, and ignores what is none', async () => {
    const to = (success_action_redirect: string) => post(signed({ key: 'a', success_action_redirect }));
    const sent = await to('https://app.test/done?x=1');
    expect(sent.status).toBe(303);
    const { searchParams } = new URL(sent.headers.location ?? '');
    expect(Object.fromEntries(searchParams)).toMatchObject({ x: '1', bucket: Bucket, key: 'a' });
    expect((await to('javascript:alert(1)')).status).toBe(204);
  });

  test('holds a file that has the boundary nearly in it, and comes in many pieces', async () => {
    const file = '\r\n--'.repeat(50_000);
    expect((await post(signed({ key: 'tricky' }), file)).status).toBe(204);
    expect(endpoint.world.object(Bucket, 'tricky')?.sizeBytes).toBe(file.length);
  });
});

describe('a form is refused', () => {
  test.each<[string, () => Promise<RawAnswer>, number, string]>([
    ['with another secret', () => post(signed({ key: 'no' }, { secretAccessKey: 'x' })), 403, 'SignatureDoesNotMatch'],
    ['after its time', () => post(signed({ key: 'no' }, { expiration: '2020-01-01T00:00:00Z' })), 403, 'AccessDenied'],
    ['with a field beyond its policy', () => post({ ...signed({ key: 'no' }), acl: 'private' }), 403, 'AccessDenied'],
    ['with another value', () => post({ ...signed({ key: 'no' }), key: 'other' }), 403, 'AccessDenied'],
    [
      'with another beginning',
      () => post({ key: 'no', ...signed({}, { conditions: [['starts-with', '$key', 'yes/']] }) }),
      403,
      'AccessDenied',
    ],
    [
      'with a longer file',
      () => post(signed({ key: 'no' }, { conditions: [['content-length-range', 0, 6]] })),
      400,
      'EntityTooLarge',
    ],
    [
      'with a shorter file',
      () => post(signed({ key: 'no' }, { conditions: [['content-length-range', 8, 9]] })),
      400,
      'EntityTooSmall',
    ],
    [
      'with an unknown condition',
      () => post(signed({ key: 'no' }, { conditions: [['like', '$key', 'n*']] })),
      400,
      'InvalidPolicyDocument',
    ],
    [
      'with a policy that is no JSON',
      () => post({ ...signed({ key: 'no' }), policy: 'e30' }),
      400,
      'InvalidPolicyDocument',
    ],
    ['without a key', () => post(signed({})), 400, 'InvalidArgument'],
    ['without a signature', () => post({ ...signed({ key: 'no' }), 'x-amz-signature': '' }), 400, 'InvalidArgument'],
    ['with a wrong checksum', () => post(signed({ key: 'no', 'x-amz-checksum-crc32': 'AAAAAA==' })), 400, 'BadDigest'],
    [
      'with fields without end',
      () => post(signed({ key: 'no', 'x-ignore-a': 'x'.repeat(30_000) })),
      400,
      'MaxPostPreDataLengthExceeded',
    ],
  ])('%s', async (_, answer, status, code) => {
    expect(codeOf(await answer())).toEqual([status, code]);
    expect(contentOf('no')).toBeUndefined();
  });

  test('without a file, and where it is no form', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const raw = (body: string) => send(endpoint, { method: 'POST', path: `/${Bucket}`, headers, body });
    expect(codeOf(await raw('--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nno\r\n--b--\r\n'))).toEqual([
      400,
      'InvalidArgument',
    ]);
    for (const body of ['', '--b', '--b\r\nX: y\r\n\r\nno\r\n--b--']) {
      expect([body, ...codeOf(await raw(body))]).toEqual([body, 400, 'MalformedPOSTRequest']);
    }
    allows = () => true;
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
    const cut = await raw(`${part('key', 'no')}\r\n${part('file', 'cut')}`);
    expect(codeOf(cut)).toEqual([400, 'MalformedPOSTRequest']);
    expect(contentOf('no')).toBeUndefined();
  });

  test('where the signer may not write, and where the bucket is not there', async () => {
    allows = () => false;
    expect(codeOf(await post(signed({ key: 'no' })))).toEqual([403, 'AccessDenied']);
    expect(endpoint.decisions.at(-1)?.request).toMatchObject({ operation: 'PutObject', key: 'no', authType: 'POST' });
  });

  test('by R2, which has no such uploads', async () => {
    const r2 = await startEndpoint({ profile: r2Profile });
    await r2.world.createBucket(Bucket, {});
    expect(codeOf(await post({ key: 'no' }, 'content', r2))).toEqual([501, 'NotImplemented']);
    await r2.close();
  });
});

describe('a form without a policy', () => {
  test('is anonymous: stored where everyone may write, else refused', async () => {
    expect(codeOf(await post({ key: 'open' }))).toEqual([403, 'AccessDenied']);
    allows = () => true;
    expect((await post({ key: 'open' })).status).toBe(204);
  });
});

test('a call with a query is no form, whatever its content type', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const begun = await sendSigned(endpoint, { method: 'POST', path: `/${Bucket}/saved-form?uploads=`, headers });
  expect(begun.status).toBe(200);
  expect(endpoint.world.uploads(Bucket)).toMatchObject([{ key: 'saved-form', headers }]);
});
