import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { element, send, sendSigned, signedHeaders, type RawAnswer, type Signing } from './raw-request.ts';

const bucket = 'media-test';
const path = `/${bucket}/key`;
const seen = ({ status, body }: RawAnswer) => [status, element(body, 'Code')];
const minutes = (count: number) => new Date(Date.now() + count * 60_000);

/** What the endpoint allows; set by each test, everything by default. */
let allows: (request: StorageRequest) => boolean;
let aws: TestEndpoint;
let r2: TestEndpoint;

beforeAll(async () => {
  const options = { allows: (request: StorageRequest, caller: unknown) => caller !== undefined && allows(request) };
  aws = await startEndpoint(options);
  r2 = await startEndpoint({ ...options, profile: r2Profile });
  for (const { world } of [aws, r2]) await world.createBucket(bucket, {});
});
beforeEach(async () => {
  allows = () => true;
  for (const endpoint of [aws, r2]) await sendSigned(endpoint, { method: 'PUT', path, body: 'hello' });
});
afterAll(() => Promise.all([aws.close(), r2.close()]));

describe('O7, S5: AWS refuses in its own words', () => {
  const signings: [string, () => Signing, number, string][] = [
    ['a wrong secret', () => ({ secretAccessKey: 'wrong' }), 403, 'SignatureDoesNotMatch'],
    ['an unknown key', () => ({ accessKeyId: 'unknown' }), 403, 'InvalidAccessKeyId'],
    [
      'key and secret swapped',
      () => ({ accessKeyId: aws.secretAccessKey, secretAccessKey: aws.accessKeyId }),
      403,
      'InvalidAccessKeyId',
    ],
    ['another region', () => ({ region: 'us-west-2' }), 400, 'AuthorizationHeaderMalformed'],
    ['another service', () => ({ service: 'sts' }), 400, 'AuthorizationHeaderMalformed'],
    ['a clock that is slow', () => ({ at: minutes(-16) }), 403, 'RequestTimeTooSkewed'],
    ['a clock that is fast', () => ({ at: minutes(16) }), 403, 'RequestTimeTooSkewed'],
  ];
  test.each(signings)('%s', async (_name, signing, status, code) => {
    expect(seen(await sendSigned(aws, { path }, signing()))).toEqual([status, code]);
  });

  test('another region, naming the right one', async () => {
    const answer = await sendSigned(aws, { path }, { region: 'us-west-2' });
    expect(element(answer.body, 'Region')).toBe('eu-west-1');
  });

  test('a request without signature', async () => {
    expect(seen(await send(aws, { path }))).toEqual([403, 'AccessDenied']);
  });

  test('what is not allowed, naming user, action and resource', async () => {
    allows = ({ operation }) => operation !== 'PutObject';
    const answer = await sendSigned(aws, { method: 'PUT', path, body: 'other' });
    expect(seen(answer)).toEqual([403, 'AccessDenied']);
    expect(element(answer.body, 'Message')?.replaceAll('&quot;', '"')).toBe(
      'User: arn:aws:iam::000000000000:user/tester is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::media-test/key" because no identity-based policy allows the s3:PutObject action',
    );
    expect((await sendSigned(aws, { path })).body).toBe('hello');
  });

  test('what is not allowed in a bucket that does not exist, as if it did', async () => {
    expect(seen(await sendSigned(aws, { path: '/absent/key' }))).toEqual([404, 'NoSuchBucket']);
    allows = () => false;
    expect(seen(await sendSigned(aws, { path: '/absent/key' }))).toEqual([403, 'AccessDenied']);
  });

  test('a missing key as 404 to who may list it, else as 403', async () => {
    const asked: StorageRequest[] = [];
    allows = (request) => asked.push(request) > 0;
    expect(seen(await sendSigned(aws, { path: `${path}/absent` }))).toEqual([404, 'NoSuchKey']);
    expect(asked.at(-1)).toMatchObject({ operation: 'ListObjectsV2', bucket, prefix: 'key/absent' });
    allows = ({ operation }) => operation !== 'ListObjectsV2';
    const answer = await sendSigned(aws, { path: `${path}/absent` });
    expect(seen(answer)).toEqual([403, 'AccessDenied']);
    expect(answer.body).toContain('s3:ListBucket');
    expect(await sendSigned(aws, { method: 'HEAD', path: `${path}/absent` })).toMatchObject({ status: 403, body: '' });
  });

  test('each key of a batch by itself', async () => {
    allows = ({ operation, key }) => operation !== 'DeleteObjects' || key === 'mine';
    const body = '<Delete><Object><Key>mine</Key></Object><Object><Key>key</Key></Object></Delete>';
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    const answer = await sendSigned(aws, { method: 'POST', path: `/${bucket}?delete=`, headers, body });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('<Deleted><Key>mine</Key></Deleted>');
    expect(answer.body).toContain('<Error><Key>key</Key><Code>AccessDenied</Code>');
    expect(aws.world.object(bucket, 'key')).toBeDefined();
  });

  test('an x-amz header that nobody signed', async () => {
    const headers = { ...(await signedHeaders(aws, { path })), 'x-amz-acl': 'public-read' };
    expect(seen(await send(aws, { path, headers }))).toEqual([403, 'AccessDenied']);
  });

  test('Signature Version 2, and what is no signature', async () => {
    expect(seen(await send(aws, { path, headers: { authorization: 'AWS a:b' } }))).toEqual([400, 'InvalidRequest']);
    expect(seen(await send(aws, { path, headers: { authorization: 'Bearer x' } }))).toEqual([400, 'InvalidArgument']);
  });
});

describe('R2, O7: R2 refuses in its own words', () => {
  test.each<[string, Signing, number, string]>([
    ['a key id of another length', { accessKeyId: 'short' }, 400, 'InvalidArgument'],
    ['a wrong secret', { secretAccessKey: 'wrong' }, 403, 'SignatureDoesNotMatch'],
    ['a region that it does not have', { region: 'eu-west-1' }, 400, 'InvalidRegionName'],
  ])('%s', async (_name, signing, status, code) => {
    expect(seen(await sendSigned(r2, { path }, signing))).toEqual([status, code]);
  });

  test('a key id of another length, with both lengths', async () => {
    const answer = await sendSigned(r2, { path }, { accessKeyId: 'x'.repeat(20) });
    expect(element(answer.body, 'Message')).toBe('Credential access key has length 20, should be 32');
  });

  test('a request without signature', async () => {
    expect(seen(await send(r2, { path }))).toEqual([401, 'Unauthorized']);
  });

  test('nothing for its three names of a region', async () => {
    for (const region of ['auto', 'us-east-1']) {
      expect(await sendSigned(r2, { path }, { region })).toMatchObject({ status: 200, body: 'hello' });
    }
  });

  test('what is not allowed, without reasons; a missing key is missing to everybody', async () => {
    allows = ({ operation }) => operation === 'GetObject';
    expect(seen(await sendSigned(r2, { method: 'DELETE', path }))).toEqual([403, 'AccessDenied']);
    expect(seen(await sendSigned(r2, { path: `${path}/absent` }))).toEqual([404, 'NoSuchKey']);
  });

  test.each(['acl', 'tagging', 'versioning', 'policy', 'publicAccessBlock', 'ownershipControls', 'object-lock'])(
    'calls that it does not have: ?%s',
    async (name) => {
      expect(seen(await sendSigned(r2, { path: `/${bucket}?${name}=` }))).toEqual([501, 'NotImplemented']);
    },
  );

  test('headers that it does not have', async () => {
    const headers = { 'x-amz-tagging': 'a=b' };
    expect(seen(await sendSigned(r2, { method: 'PUT', path, headers, body: 'x' }))).toEqual([501, 'NotImplemented']);
  });
});

describe('A7: a presigned URL', () => {
  const ask = (endpoint: TestEndpoint, url: string, method = 'GET', body?: string) =>
    send(endpoint, {
      method,
      path: url.slice(endpoint.url.length),
      headers: { host: `127.0.0.1:${endpoint.port}` },
      ...(body !== undefined && { body }),
    });

  test('reads one object, with the headers it was made for', async () => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: 'key', ResponseContentDisposition: 'attachment' });
    for (const endpoint of [aws, r2]) {
      const url = await getSignedUrl(endpoint.client(), command, { expiresIn: 60 });
      const answer = await ask(endpoint, url);
      expect(answer).toMatchObject({ status: 200, body: 'hello' });
      expect(answer.headers['content-disposition']).toBe('attachment');
      expect(seen(await ask(endpoint, url.replace('/key', '/other')))).toEqual([403, 'SignatureDoesNotMatch']);
      expect(seen(await ask(endpoint, url, 'DELETE'))).toEqual([403, 'SignatureDoesNotMatch']);
      expect(endpoint.decisions.at(-1)?.request.authType).toBe('REST-QUERY-STRING');
    }
  });

  test('writes one object', async () => {
    const client = aws.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    const url = await getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: 'uploaded' }));
    expect(await ask(aws, url, 'PUT', 'by a browser')).toMatchObject({ status: 200 });
    expect((await sendSigned(aws, { path: `/${bucket}/uploaded` })).body).toBe('by a browser');
  });

  test("ends with its time, in each provider's words", async () => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: 'key' });
    const options = { expiresIn: 60, signingDate: minutes(-2) };
    expect(seen(await ask(aws, await getSignedUrl(aws.client(), command, options)))).toEqual([403, 'AccessDenied']);
    expect(seen(await ask(r2, await getSignedUrl(r2.client(), command, options)))).toEqual([400, 'ExpiredRequest']);
  });

  test('is refused where parts of it are missing', async () => {
    const url = await getSignedUrl(aws.client(), new GetObjectCommand({ Bucket: bucket, Key: 'key' }));
    const cut = url.replace(/X-Amz-Date=[^&]*&/, '');
    expect(seen(await ask(aws, cut))).toEqual([400, 'AuthorizationQueryParametersError']);
  });
});

describe('a client that waits for 100 Continue', () => {
  const upload = (endpoint: TestEndpoint) =>
    new Promise<string[]>((resolve, reject) => {
      const what = {
        method: 'PUT',
        path: `/${bucket}/awaited`,
        headers: { expect: '100-continue', 'content-length': '5' },
      };
      void signedHeaders(endpoint, what).then((headers) => {
        const heard: string[] = [];
        const sent = request({ host: '127.0.0.1', port: endpoint.port, method: 'PUT', path: what.path, headers });
        sent.on('continue', () => {
          heard.push('continue');
          sent.end('hello');
        });
        sent.on('response', (answer) => {
          heard.push(String(answer.statusCode));
          answer.resume().on('end', () => resolve(heard));
        });
        sent.on('error', reject);
        sent.flushHeaders();
      });
    });

  test('hears it from AWS once the upload is allowed', async () => {
    expect(await upload(aws)).toEqual(['continue', '200']);
  });

  test('is refused without it where the upload is not', async () => {
    allows = () => false;
    expect(await upload(aws)).toEqual(['403']);
  });
});

describe('malformed requests are refused and change nothing', () => {
  test.each<[string, string, string, string | undefined]>([
    ['PUT', '/Bad_Name', 'InvalidBucketName', undefined],
    ['PUT', `/${bucket}?inventory=`, 'NotImplemented', ''],
    ['PUT', `/${bucket}?publicAccessBlock=`, 'MalformedXML', '<a>'],
    [
      'PUT',
      `/${bucket}?publicAccessBlock=`,
      'MalformedXML',
      '<!DOCTYPE a [<!ENTITY b "c">]><PublicAccessBlockConfiguration/>',
    ],
    ['PUT', `/${bucket}?tagging=`, 'MalformedXML', '<Tagging><TagSet><Tag><Key>a</TagSet></Key></Tag></Tagging>'],
    ['POST', `/${bucket}/key?uploadId=none`, 'NoSuchUpload', '<a/>'],
    ['PUT', `/${bucket}/key?uploadId=none&partNumber=0`, 'InvalidArgument', 'x'],
    ['POST', `/${bucket}/key`, 'MethodNotAllowed', undefined],
    ['PATCH', `/${bucket}`, 'MethodNotAllowed', undefined],
    ['DELETE', '/', 'MethodNotAllowed', undefined],
    ['GET', `/${bucket}?max-keys=many`, 'InvalidArgument', undefined],
    ['GET', `/${bucket}?max-keys=-1`, 'InvalidArgument', undefined],
    ['GET', `/${bucket}?list-type=2&continuation-token=%7Bx`, 'InvalidArgument', undefined],
    ['GET', `/${bucket}/key?versionId=abc`, 'InvalidArgument', undefined],
    ['GET', `/${bucket}?metrics=`, 'NotImplemented', undefined],
  ])('%s %s: %s', async (method, target, code, body) => {
    const answer = await sendSigned(aws, { method, path: target, ...(body !== undefined && { body }) });
    expect(element(answer.body, 'Code')).toBe(code);
    expect(answer.status === 501 || (answer.status >= 400 && answer.status < 500)).toBe(true);
    expect((await sendSigned(aws, { path })).body).toBe('hello');
  });

  test('an XML body of more than 2 MiB', async () => {
    const body = `<Delete>${' '.repeat(2 * 1024 * 1024)}</Delete>`;
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    const answer = await sendSigned(aws, { method: 'POST', path: `/${bucket}?delete=`, headers, body });
    expect(seen(answer)).toEqual([400, 'MaxMessageLengthExceeded']);
  });

  test('whatever they hold', async () => {
    const piece = fc.constantFrom(
      '?',
      '&',
      '=',
      '%',
      '%2',
      '%zz',
      '/',
      '..',
      'uploadId',
      'delete',
      'x',
      '\u00ff',
      '<',
      '-1',
      '99999999999',
    );
    const anyRequest = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
      target: fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      name: fc.constantFrom(
        'range',
        'if-match',
        'x-amz-copy-source',
        'x-amz-date',
        'content-md5',
        'x-amz-decoded-content-length',
        'x-amz-content-sha256',
        'authorization',
        'x-amz-checksum-crc32',
      ),
      value: fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('')),
      body: fc.constantFrom(undefined, '', '<Delete>', '\u0000', '0\r\n\r\n'),
    });
    allows = ({ key }) => key !== 'key';
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ method, target, name, value, body }) => {
        const asked = { method, path: `/${bucket}/odd/${target}`, ...(body !== undefined && { body }) };
        const headers = { ...(await signedHeaders(aws, { method, path: `/${bucket}` })), [name]: value };
        expect((await send(aws, { ...asked, headers })).status).toBeLessThan(500);
        const copied = { 'x-amz-copy-source': value, range: value, 'if-match': value };
        const path = `/${bucket}/odd?${target.replace(/[?%<\u00ff]/g, '')}`;
        expect((await sendSigned(aws, { ...asked, path, headers: copied })).status).toBeLessThan(502);
      }),
      { numRuns: 150 },
    );
  });

  test('an upload that breaks off leaves nothing', async () => {
    const body = randomBytes(200_000);
    const headers = await signedHeaders(aws, {
      method: 'PUT',
      path: `/${bucket}/broken`,
      headers: { 'content-length': '400000' },
    });
    const socket = connect(aws.port, '127.0.0.1');
    const head = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    await new Promise((resolve) => socket.write(`PUT /${bucket}/broken HTTP/1.1\r\n${head}\r\n`, resolve));
    await new Promise((resolve) => socket.write(body, resolve));
    const files = async () =>
      (await readdir(aws.directory, { recursive: true })).filter((name) => name.includes('large/'));
    while ((await files()).length === 0) await new Promise(setImmediate);
    socket.destroy();
    while ((await files()).length > 0) await new Promise(setImmediate);
    expect(aws.world.object(bucket, 'broken')).toBeUndefined();
  });
});
