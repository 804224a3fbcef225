import { connect } from '../../engine/s3-connection.ts';
import type { S3Call, S3Endpoint } from '../../engine/s3-request.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, startBucketSide, type BucketSide } from './bucket-side.ts';

let side: BucketSide;

beforeAll(async () => {
  side = await startBucketSide();
});
afterAll(() => side.close());
afterEach(() => {
  side.proxy.fault = () => undefined;
});

const send = (place: S3Endpoint, call: S3Call) => connect(place).send(call);

describe('a request of the S3 protocol', () => {
  test('is answered with status, headers and body', async () => {
    const key = 'a/../b c';
    const put = await send(side.place(), {
      method: 'PUT',
      bucket,
      key,
      headers: { 'x-amz-meta-a': 'b', 'if-none-match': '*' },
      body: 'body',
    });
    expect(put).toMatchObject({ status: 200, headers: { etag: expect.any(String) as string } });
    expect(put.code).toBeUndefined();
    const got = await send(side.place(), { method: 'GET', bucket, key });
    expect(got).toMatchObject({ status: 200, body: 'body', headers: { 'x-amz-meta-a': 'b' } });
    expect(side.proxy.requests.at(-1)?.url).toBe(`/${bucket}/a/../b%20c`);
    const deleted = await send(side.place(), { method: 'DELETE', bucket, key });
    expect(deleted.status).toBe(204);
  });

  test('that is refused answers with its code and message and is not thrown', async () => {
    const missing = await send(side.place(), { method: 'GET', bucket, key: 'missing' });
    expect(missing).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect(missing.message).not.toBe('');
    const foreign = { ...side.place(), credentials: { accessKeyId: 'x'.repeat(20), secretAccessKey: 'y' } };
    expect(await send(foreign, { method: 'GET', bucket, key: 'a' })).toMatchObject({
      status: 403,
      code: 'InvalidAccessKeyId',
    });
  });

  test('with a wrong secret is told so, without the secret', async () => {
    const { credentials } = side.place();
    const wrong = { ...side.place(), credentials: { ...credentials, secretAccessKey: 'not-the-secret' } };
    const answer = await send(wrong, { method: 'GET', query: { 'list-type': '2' }, bucket });
    expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(answer.message).not.toContain('not-the-secret');
  });

  test('signed for another region is told the right one', async () => {
    const answer = await send({ ...side.place(), region: 'us-west-2' }, { method: 'GET', bucket, key: 'a' });
    expect(answer).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed', region: side.endpoint.region });
  });

  test('without credentials is anonymous', async () => {
    const { endpoint, region } = side.place();
    const answer = await send({ endpoint, region }, { method: 'GET', bucket, key: 'a' });
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(side.proxy.requests.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  test('is sent once, whatever comes of it', async () => {
    side.proxy.fault = () => ({ answer: 503 });
    const before = side.proxy.requests.length;
    expect(await send(side.place(), { method: 'GET', bucket, key: 'a' })).toMatchObject({ status: 503 });
    expect(side.proxy.requests.length - before).toBe(1);
  });

  test('without an answer throws a failure that names no header', async () => {
    side.proxy.fault = () => ({ reset: 'unserved' });
    const sending = send(side.place(), { method: 'GET', bucket, key: 'a' });
    await expect(sending).rejects.toMatchObject({ name: 'Failure', kind: 'transient' });
    const error: unknown = await send(side.place(), { method: 'GET', bucket, key: 'a' }).catch(
      (caught: unknown) => caught,
    );
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('AWS4');
  });

  test('on the account names no bucket', async () => {
    expect(await send(side.place(), { method: 'GET' })).toMatchObject({ status: 200 });
  });
});

test('Cloudflare takes the same requests, signed for region auto', async () => {
  const r2 = await startBucketSide({ profile: r2Profile });
  await r2.put('a', 'body');
  expect(r2.place().region).toBe('auto');
  expect(await send(r2.place(), { method: 'GET', bucket, key: 'a' })).toMatchObject({ status: 200, body: 'body' });
  await r2.close();
});
