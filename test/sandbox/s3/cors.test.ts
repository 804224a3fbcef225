import {
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  type CORSRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { element, send, sendSigned } from './raw-request.ts';

const Bucket = 'pages';
let endpoint: TestEndpoint;
let s3: S3Client;

beforeAll(async () => {
  endpoint = await startEndpoint();
  await endpoint.world.createBucket(Bucket, {});
  s3 = endpoint.client();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
});
beforeEach(() => s3.send(new DeleteBucketCorsCommand({ Bucket })));
afterAll(() => endpoint.close());

const put = (...CORSRules: Partial<CORSRule>[]) =>
  s3.send(
    new PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: {
        CORSRules: CORSRules.map((rule) => ({ AllowedMethods: ['GET'], AllowedOrigins: ['*'], ...rule })),
      },
    }),
  );
const preflight = (headers: Readonly<Record<string, string>>, path = `/${Bucket}/a`) =>
  send(endpoint, { method: 'OPTIONS', path, headers });
const asking = (origin: string, method = 'GET', more: Readonly<Record<string, string>> = {}) =>
  preflight({ origin, 'access-control-request-method': method, ...more });

describe('the rules of a bucket', () => {
  test('come back as they were put, and go', async () => {
    await expect(s3.send(new GetBucketCorsCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchCORSConfiguration',
      $metadata: { httpStatusCode: 404 },
    });
    const rule = {
      ID: 'pages',
      AllowedMethods: ['GET', 'PUT'],
      AllowedOrigins: ['https://*.example.test', 'https://other.test'],
      AllowedHeaders: ['x-amz-*'],
      ExposeHeaders: ['etag'],
      MaxAgeSeconds: 60,
    };
    await put(rule);
    expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual([rule]);
    await s3.send(new DeleteBucketCorsCommand({ Bucket }));
    await expect(s3.send(new GetBucketCorsCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchCORSConfiguration',
    });
  });

  test.each([
    ['a method that S3 does not know', { AllowedMethods: ['PATCH'] }, 'InvalidRequest'],
    ['two wildcards in an origin', { AllowedOrigins: ['https://*.*.test'] }, 'InvalidRequest'],
    ['two wildcards in a header', { AllowedHeaders: ['*-*'] }, 'InvalidRequest'],
    ['a wildcard among exposed headers', { ExposeHeaders: ['*'] }, 'InvalidRequest'],
    ['no origin', { AllowedOrigins: [] }, 'MalformedXML'],
  ])('are refused for %s', async (_, rule, name) => {
    await expect(put(rule)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  test('are refused without a checksum, with an element that S3 does not have, and beyond a hundred', async () => {
    const body = '<CORSConfiguration><CORSRule><Anything/></CORSRule></CORSConfiguration>';
    const plain = await sendSigned(endpoint, { method: 'PUT', path: `/${Bucket}?cors`, body });
    expect([plain.status, element(plain.body, 'Code')]).toEqual([400, 'InvalidRequest']);
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==' };
    const unknown = await sendSigned(endpoint, { method: 'PUT', path: `/${Bucket}?cors`, body: '<Other/>', headers });
    expect(unknown.status).toBe(400);
    await expect(put(...Array.from({ length: 101 }, () => ({})))).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

describe('a preflight', () => {
  test('is answered by the first rule that allows origin, method and headers', async () => {
    await put(
      {
        AllowedOrigins: ['https://app.test'],
        AllowedMethods: ['PUT', 'GET'],
        AllowedHeaders: ['x-amz-*'],
        MaxAgeSeconds: 9,
      },
      { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
    );
    const answer = await asking('https://app.test', 'PUT', {
      'access-control-request-headers': 'X-Amz-Acl, x-amz-date',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.test',
      'access-control-allow-methods': 'PUT, GET',
      'access-control-allow-headers': 'x-amz-acl, x-amz-date',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '9',
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    });
    const anyone = await asking('https://elsewhere.test');
    expect(anyone.headers['access-control-allow-origin']).toBe('*');
    expect(anyone.headers['access-control-allow-credentials']).toBeUndefined();
  });

  test.each([
    ['https://x.example.test', 200],
    ['https://x.example.test.evil', 403],
    ['https://example.test', 403],
  ])('from %s, where https://*.example.test is allowed, gets %i', async (origin, status) => {
    await put({ AllowedOrigins: ['https://*.example.test'] });
    expect((await asking(origin)).status).toBe(status);
  });

  test('is refused for a method or header that no rule allows, and without any rule', async () => {
    const refused = async (answer: ReturnType<typeof send>) => {
      const { status, body } = await answer;
      return [status, element(body, 'Code')];
    };
    expect(await refused(asking('https://app.test'))).toEqual([403, 'AccessForbidden']);
    await put({});
    expect(await refused(asking('https://app.test', 'DELETE'))).toEqual([403, 'AccessForbidden']);
    const header = { 'access-control-request-headers': 'x-secret' };
    expect(await refused(asking('https://app.test', 'GET', header))).toEqual([403, 'AccessForbidden']);
    expect(await refused(preflight({}))).toEqual([400, 'BadRequest']);
    expect(await refused(preflight({ origin: 'https://app.test' }))).toEqual([400, 'BadRequest']);
    const nowhere = preflight({ origin: 'https://app.test', 'access-control-request-method': 'GET' }, '/nowhere/a');
    expect(await refused(nowhere)).toEqual([404, 'NoSuchBucket']);
  });
});

describe('an answer to a page', () => {
  test('carries what the rules allow, on an object as on a refusal', async () => {
    await put({ AllowedOrigins: ['https://app.test'], ExposeHeaders: ['etag'] });
    const headers = { origin: 'https://app.test' };
    const found = await sendSigned(endpoint, { path: `/${Bucket}/a`, headers });
    expect([found.status, found.body]).toEqual([200, 'x']);
    expect(found.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.test',
      'access-control-expose-headers': 'etag',
    });
    const refused = await send(endpoint, { path: `/${Bucket}/a`, headers });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, 'https://app.test']);
  });

  test('carries nothing for another origin, another method, or no page', async () => {
    await put({ AllowedOrigins: ['https://app.test'] });
    const allowOf = async (headers: Readonly<Record<string, string>>, method = 'GET') =>
      (await sendSigned(endpoint, { method, path: `/${Bucket}/a`, headers })).headers['access-control-allow-origin'];
    expect(await allowOf({ origin: 'https://other.test' })).toBeUndefined();
    expect(await allowOf({ origin: 'https://app.test' }, 'HEAD')).toBeUndefined();
    expect(await allowOf({})).toBeUndefined();
  });
});
