import fc from 'fast-check';
import { joinCrc64 } from '../../engine/crc64-join.ts';
import { startCrc64 } from '../../engine/crc64.ts';
import { startChecksum } from '../../sandbox/s3/checksums.ts';

function crc64Of(...chunks: readonly Uint8Array[]): string {
  const running = startCrc64();
  for (const chunk of chunks) running.update(chunk);
  return running.value();
}

/** The sandbox computes it on its own, byte by byte. */
function independently(bytes: Uint8Array): string {
  const running = startChecksum('CRC64NVME');
  running.update(bytes);
  return running.value();
}

describe('a CRC64NVME', () => {
  test('is the published one of the usual check string', () => {
    expect(Buffer.from(crc64Of(Buffer.from('123456789')), 'base64').toString('hex')).toBe('ae8b14860a799888');
  });

  test('of nothing is nothing', () => {
    expect(crc64Of()).toBe(Buffer.alloc(8).toString('base64'));
  });

  test('is what an independent implementation computes, however the body is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (chunks) => {
        expect(crc64Of(...chunks)).toBe(independently(Buffer.concat(chunks)));
      }),
    );
  });

  test('of a whole follows from those of its pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (pieces) => {
        const joined = joinCrc64(pieces.map((piece) => ({ crc64: crc64Of(piece), sizeBytes: piece.length })));
        expect(joined).toBe(crc64Of(...pieces));
      }),
      { numRuns: 30 },
    );
  });
});
