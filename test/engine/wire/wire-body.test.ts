import fc from 'fast-check';
import { AnswerReader, UnexpectedAnswer } from '../../../engine/wire/answer-reader.ts';
import { pieceBytes, piecePool } from '../../../engine/wire/piece-pool.ts';
import { readBufferBytes } from '../../../engine/wire/wire.ts';
import { WireBody } from '../../../engine/wire/wire-body.ts';

const connection = { pause: () => undefined, resume: () => undefined, close: () => undefined };

/** What a socket does: reads as much as there is, but no more than `sizes` in turn, into where it is told to. */
function arriving(text: Buffer, sizes: readonly number[]): { pieces: Promise<Buffer[]>; copiedBytes: number } {
  const body = new WireBody(connection, piecePool().supply(), () => undefined);
  let copiedBytes = 0;
  const shared = Buffer.alloc(readBufferBytes);
  const reader = new AnswerReader({
    bytesMax: () => Infinity,
    onBody(bytes, from, to) {
      if (bytes === shared) copiedBytes += to - from;
      body.take(bytes, from, to);
    },
    roomFor: (missingBytes) => body.room(missingBytes),
  });
  for (let [at, turn, isWhole] = [0, 0, false]; !isWhole; turn += 1) {
    const into = reader.room() ?? shared;
    const read = text.copy(into, 0, at, at + (sizes[turn % sizes.length] ?? text.length));
    at += read;
    isWhole = reader.take(into, read);
  }
  body.end();
  return { pieces: gather(body), copiedBytes };
}

async function gather(body: WireBody): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return pieces;
}

function answerOf(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`), body]);
}

const bodies = fc.integer({ min: 1, max: 4 * pieceBytes + 100 }).map((bytes) => Buffer.alloc(bytes, 'sluice flows '));
const readSizes = fc.array(fc.integer({ min: 100, max: pieceBytes }), { minLength: 1, maxLength: 20 });

describe('a body that is read straight into its pieces', () => {
  test('is whole however its bytes come, in full pieces but for the last', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, readSizes, async (body, sizes) => {
        const pieces = await arriving(answerOf(body), sizes).pieces;
        expect(Buffer.concat(pieces).equals(body)).toBe(true);
        for (const { length } of pieces.slice(0, -1)) expect(length).toBe(pieceBytes);
      }),
      { numRuns: 50 },
    );
  });

  test('is copied only at the ends of pieces and at its own', () => {
    const body = Buffer.alloc(16 * pieceBytes, 'sluice flows ');
    const { copiedBytes } = arriving(answerOf(body), [16 * 1024]);
    expect(copiedBytes / body.length).toBeLessThan(0.2);
  });

  test('is never taken for longer than it was announced, also where it ends with a piece', () => {
    const ends = fc.constantFrom(pieceBytes, 2 * pieceBytes, 3 * pieceBytes - 1, 100);
    fc.assert(
      fc.property(ends, (bytes) => {
        const foreign = Buffer.concat([answerOf(Buffer.alloc(bytes, 'a')), Buffer.from('HTTP/1.1 200 OK\r\n')]);
        expect(() => arriving(foreign, [foreign.length])).toThrow(UnexpectedAnswer);
      }),
    );
  });
});
