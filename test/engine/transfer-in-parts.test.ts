import { createHash, randomBytes } from 'node:crypto';
import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { multipartEntityTag } from '../../engine/entity-tag.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';
import { putInParts } from './checksum-uploads.ts';
import type { ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide({ profile: r2Profile })]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

const partSizeBytes = 5 * 1024 * 1024;
const tuning = { multipartBytesMin: partSizeBytes, partSizeBytes, attemptsMax: 3, retryDelayMs: 1 };

function copy(options: Partial<RunOptions> = {}) {
  const places = { source: source.place(), destination: destination.place() };
  return runOperation({ operation: 'copy', ...places, ...options, tuning: { ...tuning, ...options.tuning } });
}

async function expectSameBody(body: Buffer): Promise<void> {
  const copied = Buffer.from((await destination.bodies())['large'] ?? '', 'latin1');
  expect(copied.equals(body)).toBe(true);
}

function unfinishedUploads(): number {
  return destination.endpoint.world.uploads(bucket).length;
}

describe('a large object goes in parts of one size', () => {
  test.each([
    ['one part', partSizeBytes, 1],
    ['two parts, the last of one byte', partSizeBytes + 1, 2],
    ['two parts, the last a byte short', 2 * partSizeBytes - 1, 2],
    ['two full parts', 2 * partSizeBytes, 2],
  ])('%s', async (_, size, parts) => {
    const body = randomBytes(size);
    await source.put('large', body, { 'content-type': 'video/mp4', 'x-amz-meta-a': 'b' });
    expect(await copy()).toMatchObject({ objectsCopied: 1, bytesCopied: size, failures: [] });
    await expectSameBody(body);
    expect(destination.headersOf('large')).toEqual({ 'content-type': 'video/mp4', 'x-amz-meta-a': 'b' });
    expect(destination.entityTagOf('large')).toMatch(new RegExp(`-${parts}$`));
    expect(unfinishedUploads()).toBe(0);
  });

  test('but a byte below the threshold in one request', async () => {
    await source.put('large', randomBytes(partSizeBytes - 1));
    expect(await copy()).toMatchObject({ objectsCopied: 1 });
    expect(destination.entityTagOf('large')).toBe(source.entityTagOf('large'));
  });

  test('and each part is retried by itself', async () => {
    const body = randomBytes(2 * partSizeBytes);
    await source.put('large', body);
    source.proxy.fault = faultOnce(({ headers }) => headers['range']?.includes('bytes=0-') === true, {
      cutAfter: 1_000_000,
      then: 'reset',
    });
    destination.proxy.fault = faultOnce(({ url }) => url.includes('partNumber=2'), { answer: 503 });
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    await expectSameBody(body);
    const reads = source.proxy.requests.filter(({ headers }) => headers['range'] !== undefined);
    expect(reads).toHaveLength(4);
  });

  test('and a part with one wrong byte is found, by what the destination says that it stored', async () => {
    const body = randomBytes(2 * partSizeBytes);
    await source.put('large', body);
    const aws = await startBucketSide();
    // The destination receives a part that differs from the one that was sent: its answer tells another MD5.
    const wrongTag = { etag: `"${createHash('md5').update('other').digest('hex')}"` };
    aws.proxy.fault = faultOnce(({ url }) => url.includes('partNumber=1'), { answer: 200, headers: wrongTag });
    expect(await copy({ destination: aws.place() })).toMatchObject({ objectsCopied: 1, failures: [] });
    const halves = [body.subarray(0, partSizeBytes), body.subarray(partSizeBytes)];
    const md5s = halves.map((half) => createHash('md5').update(half).digest('hex'));
    expect(aws.entityTagOf('large')).toBe(multipartEntityTag(md5s));
    await aws.close();
  });
});

describe('an object that came to the source in parts', () => {
  const halves = { ...tuning, partSizeBytes: 2 * partSizeBytes };

  test.each(['S3', 'R2'])('is cut alike on its way to %s, and listings then tell that the two are one', async (to) => {
    const target = to === 'R2' ? destination : await startBucketSide();
    await putInParts(source, 'large', randomBytes(2 * partSizeBytes + 1));
    expect(source.entityTagOf('large')).toMatch(/-3$/);
    const places = { source: source.place(), destination: target.place() };
    expect(await copy({ ...places, tuning: halves })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(target.entityTagOf('large')).toBe(source.entityTagOf('large'));
    expect(await runOperation({ operation: 'verify', ...places })).toMatchObject({ verified: { 'entity tag': 1 } });
    if (target !== destination) await target.close();
  });

  test('is cut otherwise where its parts differ in size', async () => {
    const s3 = source.endpoint.client();
    const object = { Bucket: bucket, Key: 'large' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
    const Parts = [];
    for (const [index, bytes] of [partSizeBytes, 2 * partSizeBytes, 1].entries()) {
      const part = { ...object, UploadId, PartNumber: index + 1, Body: randomBytes(bytes) };
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand(part));
      Parts.push({ ETag, ChecksumCRC32, PartNumber: index + 1 });
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
    expect(await copy({ tuning: halves })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(destination.entityTagOf('large')).toMatch(/-2$/);
  });

  test('is cut otherwise where the source does not tell', async () => {
    await putInParts(source, 'large', randomBytes(2 * partSizeBytes + 1));
    source.proxy.fault = ({ url }) => (url.includes('partNumber=1') ? { answer: 501, body: '' } : undefined);
    expect(await copy({ tuning: halves })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(destination.entityTagOf('large')).toMatch(/-2$/);
  });
});

describe('B2, which documents no CRC64NVME,', () => {
  let b2: BucketSide;
  beforeEach(async () => (b2 = await startBucketSide()));
  afterEach(() => b2.close());

  test('hears of none, though the source tells one, which is compared here', async () => {
    const body = randomBytes(partSizeBytes + 1);
    await putInParts(source, 'large', body);
    source.proxy.fault = faultOnce(({ headers }) => headers['range'] !== undefined, { flipByteAt: 9 });
    const place = { ...b2.place(), provider: 'b2' } as const;
    expect(await copy({ destination: place })).toMatchObject({ objectsCopied: 1, failures: [], notes: [] });
    expect((await b2.bodies())['large'] === body.toString('latin1')).toBe(true);
    const names = b2.proxy.requests.flatMap(({ headers }) => Object.keys(headers));
    expect(names.filter((name) => name.startsWith('x-amz-checksum'))).toEqual([]);
  });
});

describe('T5: an answer that is lost', () => {
  const starts = ({ method, url }: ProxiedRequest) => method === 'POST' && url.includes('uploads');
  const completes = ({ method, url }: ProxiedRequest) => method === 'POST' && url.includes('uploadId');

  test('to the start of an upload leaves no upload behind, and touches no other', async () => {
    await source.put('large', randomBytes(2 * partSizeBytes));
    const other = destination.endpoint.world.beginUpload(bucket, 'large-too', { headers: {}, initiator: 'somebody' });
    destination.proxy.fault = faultOnce(starts, { reset: 'served' });
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(destination.proxy.requests.filter(starts)).toHaveLength(2);
    expect(destination.endpoint.world.uploads(bucket).map(({ uploadId }) => uploadId)).toEqual([other.uploadId]);
  });

  test('to the start is no failure where uploads may not be listed', async () => {
    await source.put('large', randomBytes(2 * partSizeBytes));
    const once = faultOnce(starts, { reset: 'served' });
    const refused = { answer: 403, body: '<Error><Code>AccessDenied</Code></Error>' };
    destination.proxy.fault = (request) =>
      once(request) ?? (request.method === 'GET' && request.url.includes('uploads') ? refused : undefined);
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(unfinishedUploads()).toBe(1);
  });

  test('to the completion is found by what is there: nothing is sent again', async () => {
    const body = randomBytes(2 * partSizeBytes);
    await source.put('large', body);
    destination.proxy.fault = faultOnce(completes, { reset: 'served' });
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(destination.proxy.requests.filter(starts)).toHaveLength(1);
    await expectSameBody(body);
  });

  test('to the completion of an upload of which nothing is known is mended by another upload', async () => {
    const body = randomBytes(2 * partSizeBytes);
    await source.put('large', body);
    const once = faultOnce(completes, { reset: 'served' });
    // Who may not read cannot ask for the checksum.
    const refused = { answer: 403, body: '' };
    destination.proxy.fault = (request) => (request.method === 'HEAD' ? refused : once(request));
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(destination.proxy.requests.filter(starts)).toHaveLength(2);
    expect(unfinishedUploads()).toBe(0);
    await expectSameBody(body);
  });
});

describe('an upload in parts that fails', () => {
  test('is aborted, and leaves neither object nor upload', async () => {
    await source.put('large', randomBytes(2 * partSizeBytes));
    destination.proxy.fault = ({ url }) => (url.includes('partNumber=2') ? { answer: 500 } : undefined);
    expect(await copy()).toMatchObject({ objectsCopied: 0, failures: [{ key: 'large' }], complete: false });
    expect(await destination.bodies()).toEqual({});
    expect(unfinishedUploads()).toBe(0);
  });

  test('is aborted when the source is overwritten between two parts, and begun anew with what is there now', async () => {
    await source.put('large', randomBytes(2 * partSizeBytes));
    const body = randomBytes(2 * partSizeBytes + 7);
    let overwritten = false;
    source.proxy.fault = async ({ headers }) => {
      if (!overwritten && headers['range']?.includes(`bytes=${partSizeBytes}-`) === true) {
        overwritten = true;
        await source.put('large', body);
      }
      return undefined;
    };
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    await expectSameBody(body);
    expect(unfinishedUploads()).toBe(0);
  });

  test('with an error in an answer of status 200 is retried', async () => {
    const body = randomBytes(partSizeBytes);
    await source.put('large', body);
    const isCompletion = ({ method, url }: { method: string; url: string }) =>
      method === 'POST' && url.includes('uploadId=');
    destination.proxy.fault = faultOnce(isCompletion, {
      answer: 200,
      body: '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>again</Message></Error>',
    });
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    await expectSameBody(body);
  });
});

describe('an upload whose parts are not the ones that were answered for', () => {
  test('is begun anew', async () => {
    const body = randomBytes(2 * partSizeBytes);
    await source.put('large', body);
    const invalid = '<Error><Code>InvalidPart</Code><Message>One or more parts could not be found.</Message></Error>';
    const isCompletion = ({ method, url }: ProxiedRequest) => method === 'POST' && url.includes('uploadId=');
    destination.proxy.fault = faultOnce(isCompletion, { answer: 400, body: invalid });
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    await expectSameBody(body);
    expect(unfinishedUploads()).toBe(0);
  });
});

describe('a completion whose answer is lost', () => {
  const isCompletion = ({ method, url }: { method: string; url: string }) =>
    method === 'POST' && url.includes('uploadId=');

  test('is known to have worked by a listing, which needs no right to read', async () => {
    const aws = await startBucketSide();
    const body = randomBytes(partSizeBytes + 1);
    await source.put('large', body);
    aws.proxy.fault = (request) => {
      if (!isCompletion(request)) return undefined;
      // Served once; the upload is gone for whoever asks again.
      return aws.endpoint.world.uploads(bucket).length > 0
        ? { reset: 'served' }
        : { answer: 404, body: '<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>' };
    };
    expect(await copy({ destination: aws.place() })).toMatchObject({ objectsCopied: 1, failures: [] });
    const operations = new Set(aws.endpoint.decisions.map(({ request }) => request.operation));
    expect(operations).not.toContain('HeadObject');
    expect(operations).not.toContain('GetObject');
    await aws.close();
  });

  test('fails by name where the listing does not show the object', async () => {
    const aws = await startBucketSide();
    await source.put('large', randomBytes(partSizeBytes));
    const faults = [{ reset: 'unserved' } as const];
    aws.proxy.fault = (request) =>
      isCompletion(request)
        ? (faults.pop() ?? { answer: 404, body: '<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>' })
        : undefined;
    expect(await copy({ destination: aws.place() })).toMatchObject({
      objectsCopied: 0,
      failures: [{ key: 'large', code: 'NoSuchUpload' }],
    });
    await aws.close();
  });
});
