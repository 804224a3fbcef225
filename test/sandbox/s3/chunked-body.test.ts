import { unchunk, type ChunkedFraming, type ChunkSigning } from '../../../sandbox/s3/chunked-body.ts';
import { deriveSigningKey } from '../../../sandbox/s3/signature.ts';

/**
 * The examples of the S3 API reference ("Transferring Payload in Multiple Chunks", with and without trailing headers):
 * 66,560 times `a` in chunks of 64 KiB, signed for 2013-05-24 with the example secret.
 */
const exampleSecret = ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYEXAMPLEKEY'].join('/');
const claim = {
  accessKeyId: '',
  date: '20130524',
  region: 'us-east-1',
  service: 's3',
  signedHeaders: [],
  signature: '',
};
const signing = (seed: string): ChunkSigning => ({
  key: deriveSigningKey(exampleSecret, claim),
  date: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  seed,
});

const plain = {
  signing: signing('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'),
  trailers: false,
};
const plainBody = [
  '10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  'a'.repeat(65_536),
  '400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'a'.repeat(1_024),
  '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  '\r\n',
].join('\r\n');

const trailing = {
  signing: signing('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e'),
  trailers: true,
};
const trailingBody = [
  '10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
  'a'.repeat(65_536),
  '400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
  'a'.repeat(1_024),
  '0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  'x-amz-checksum-crc32c:sOO8/Q==',
  'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
  '\r\n',
].join('\r\n');

async function decode(body: string, framing: ChunkedFraming, pieceBytes = 7_000) {
  async function* source(): AsyncGenerator<Buffer> {
    const bytes = Buffer.from(body, 'latin1');
    for (let at = 0; at < bytes.length; at += pieceBytes)
      yield await Promise.resolve(bytes.subarray(at, at + pieceBytes));
  }
  let trailers: ReadonlyMap<string, string> = new Map();
  const decoded: Buffer[] = [];
  for await (const bytes of unchunk(source(), framing, (found) => (trailers = found))) decoded.push(bytes);
  return { text: Buffer.concat(decoded).toString(), trailers: Object.fromEntries(trailers) };
}

const unsigned: ChunkedFraming = { trailers: true };
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

describe('the aws-chunked framing', () => {
  test.each([1, 3, 1_000, 1_000_000])('is taken off, cut into pieces of %i bytes', async (pieceBytes) => {
    const body = '5\r\nhello\r\n6;\r\n'.replace(';', '') + ' world\r\n0\r\nx-amz-checksum-crc32:abc=\r\n\r\n';
    expect(await decode(body, unsigned, pieceBytes)).toEqual({
      text: 'hello world',
      trailers: { 'x-amz-checksum-crc32': 'abc=' },
    });
  });

  test('is signed as in the S3 API reference', async () => {
    expect((await decode(plainBody, plain)).text).toBe('a'.repeat(66_560));
  });

  test('is signed with its trailers as in the S3 API reference', async () => {
    expect(await decode(trailingBody, trailing)).toEqual({
      text: 'a'.repeat(66_560),
      trailers: { 'x-amz-checksum-crc32c': 'sOO8/Q==' },
    });
  });

  test.each([
    ['a changed byte', plainBody.replace('aaa', 'aba'), plain],
    ['a chunk without signature', plainBody.replace(/;chunk-signature=[0-9a-f]+/, ''), plain],
    ['a chunk that is missing', plainBody.slice(plainBody.indexOf('400;')), plain],
    ['a changed trailer', trailingBody.replace('sOO8', 'sOO9'), trailing],
    ['a trailer without signature', trailingBody.replace(/x-amz-trailer-signature.*\r\n/, ''), trailing],
  ])('is refused with %s', async (_name, body, framing) => {
    await expect(decode(body, framing)).rejects.toEqual(code('SignatureDoesNotMatch'));
  });

  test.each([
    ['a size that is no number', 'x\r\n', 'InvalidChunkSizeError'],
    ['a negative size', '-1\r\n', 'InvalidChunkSizeError'],
    ['a huge size', `${'f'.repeat(20)}\r\n`, 'InvalidChunkSizeError'],
    ['a line without end', 'a'.repeat(10_000), 'InvalidChunkSizeError'],
    ['a chunk that is longer than it says', '1\r\nab\r\n0\r\n\r\n', 'InvalidChunkSizeError'],
    ['no last chunk', '1\r\na\r\n', 'IncompleteBody'],
    ['half a chunk', '5\r\nab', 'IncompleteBody'],
    ['a trailer without a name', '0\r\n:x\r\n\r\n', 'MalformedTrailerError'],
    ['trailers without end', `0\r\n${'a:b\r\n'.repeat(10_000)}`, 'InvalidChunkSizeError'],
  ])('is refused with %s', async (_name, body, name) => {
    await expect(decode(body, unsigned)).rejects.toEqual(code(name));
  });
});
