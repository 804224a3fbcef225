import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { startChecksum, type ChecksumAlgorithm } from '../../../sandbox/s3/checksums.ts';
import { combineChecksums } from '../../../sandbox/s3/crc-combination.ts';

function checksum(algorithm: ChecksumAlgorithm, ...pieces: Uint8Array[]): string {
  const running = startChecksum(algorithm);
  pieces.forEach((piece) => running.update(piece));
  return running.value();
}

const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex');

describe('a checksum', () => {
  // The check values of the CRC catalogue: the CRC of the digits 1 to 9.
  test.each<[ChecksumAlgorithm, string]>([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ])('%s has its check value', (algorithm, value) => {
    expect(hex(checksum(algorithm, Buffer.from('123456789')))).toBe(value);
    expect(hex(checksum(algorithm, Buffer.from('1234'), Buffer.from('56789')))).toBe(value);
  });

  test.each<ChecksumAlgorithm>(['CRC32', 'CRC32C', 'CRC64NVME'])(
    '%s of a whole comes from those of its parts',
    (algorithm) => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 }), (pieces) => {
          const parts = pieces.map((piece) => ({ value: checksum(algorithm, piece), sizeBytes: piece.length }));
          expect(combineChecksums(algorithm, parts)).toBe(checksum(algorithm, ...pieces));
        }),
      );
    },
  );

  test('CRC32 is that of zlib', () => {
    const bytes = Buffer.from('some bytes');
    expect(hex(checksum('CRC32', bytes))).toBe(crc32(bytes).toString(16).padStart(8, '0'));
  });
});
