import fc from 'fast-check';
import { Failure } from '../../../engine/failure.ts';
import type { WholeAnswer } from '../../../engine/whole-answer.ts';
import { AnswerReader, UnexpectedAnswer } from '../../../engine/wire/answer-reader.ts';

/** Reads a text that arrives in pieces of the given sizes, then in one; undefined where it did not come to its end. */
function read(text: string, sizes: readonly number[] = [], bytesMax = 100_000): WholeAnswer | undefined {
  const reader = new AnswerReader({ bytesMax: () => bytesMax });
  const bytes = Buffer.from(text, 'latin1');
  const shared = Buffer.alloc(bytes.length);
  let at = 0;
  let isWhole = false;
  for (const size of [...sizes, bytes.length]) {
    // As the wire does it: every piece arrives in the same buffer, over the one before.
    const copied = bytes.copy(shared, 0, at, Math.min(at + size, bytes.length));
    if (copied > 0) isWhole = reader.take(shared.subarray(0, copied));
    at += copied;
    shared.fill(0);
  }
  return isWhole ? reader.answer() : undefined;
}

const anyPieces = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

describe('an answer is read', () => {
  test('with its status, its fields in lower case and its body, however it was cut on the way', () => {
    const text = 'HTTP/1.1 200 OK\r\nETag: "a"\r\nX-Amz-Meta-N:  b \r\nContent-Length: 11\r\n\r\nhello\r\n\r\nyou';
    fc.assert(
      fc.property(anyPieces, (sizes) => {
        const answer = read(text.replace('11', '12'), sizes);
        expect(answer?.status).toBe(200);
        expect(answer?.headers).toEqual({ etag: '"a"', 'x-amz-meta-n': 'b', 'content-length': '12' });
        expect(answer?.body.toString()).toBe('hello\r\n\r\nyou');
      }),
    );
  });

  test('in chunks, however they were cut', () => {
    const body = fc.array(fc.string({ minLength: 1, maxLength: 30, unit: 'binary-ascii' }), { maxLength: 6 });
    fc.assert(
      fc.property(body, anyPieces, (chunks, sizes) => {
        const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
        const answer = read(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${framed}0\r\n\r\n`, sizes);
        expect(answer?.body.toString('latin1')).toBe(chunks.join(''));
      }),
    );
  });

  test('after informational ones', () => {
    const text = 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
    expect(read(text)).toMatchObject({ status: 200, headers: { 'content-length': '2' } });
  });

  test('without a body where its status has none', () => {
    expect(read('HTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({ status: 204, body: Buffer.alloc(0) });
  });

  test('with a field that came twice as one', () => {
    expect(read('HTTP/1.1 200 OK\r\na: 1\r\nA: 2\r\ncontent-length: 0\r\n\r\n')?.headers['a']).toBe('1, 2');
  });
});

test('an answer is not whole before its last byte', () => {
  const text = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
  for (let length = 1; length < text.length; length += 1) expect(read(text.slice(0, length))).toBeUndefined();
  expect(read(text)).toBeDefined();
});

test('a body that is longer than it may be is broken before it is read', () => {
  const read10 = () => read('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n', [], 10);
  expect(read10).toThrow(Failure);
  expect(() => read('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nb\r\n', [], 10)).toThrow(Failure);
});

describe('what could be read in two ways is not read at all', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  test.each([
    [
      'a length and chunks at once',
      `${head}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    ['two lengths', `${head}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`],
    ['a signed length', `${head}content-length: +3\r\n\r\nabc`],
    ['a length in hexadecimal', `${head}content-length: 0x3\r\n\r\nabc`],
    ['no length', `${head}\r\nabc`],
    ['another encoding', `${head}transfer-encoding: gzip, chunked\r\n\r\n`],
    ['bytes after the body', `${head}content-length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n`],
    ['a field that goes on in the next line', `${head}a: b\r\n c\r\ncontent-length: 0\r\n\r\n`],
    ['a blank before the colon', `${head}content-length : 3\r\n\r\nabc`],
    ['a line end of one byte', `${head}a: b\nc: d\r\ncontent-length: 0\r\n\r\n`],
    ['a control in a value', `${head}a: b\0\r\ncontent-length: 0\r\n\r\n`],
    ['a line without a colon', `${head}abc\r\ncontent-length: 0\r\n\r\n`],
    ['another version', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['no status', 'HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['an extension of a chunk', `${head}transfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', `${head}transfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n`],
    ['a trailer', `${head}transfer-encoding: chunked\r\n\r\n0\r\na: b\r\n\r\n`],
    ['a head without end', `${head}${'a: b\r\n'.repeat(4000)}`],
  ])('%s', (_, text) => {
    expect(() => read(text)).toThrow(UnexpectedAnswer);
  });
});
