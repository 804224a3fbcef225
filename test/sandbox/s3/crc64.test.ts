import fc from 'fast-check';
import { crc64, crc64Bytes, crc64Start } from '../../../sandbox/s3/crc64.ts';

/** Bit by bit, as the polynomial is defined. */
function plain(bytes: Uint8Array): bigint {
  let rest = 0xffffffffffffffffn;
  for (const byte of bytes) {
    rest ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1n ? (rest >> 1n) ^ 0x9a6c9329ac4bc9b5n : rest >> 1n;
  }
  return BigInt.asUintN(64, ~rest);
}

test('eight bytes at once come to what each bit by itself comes to, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 4 }), (pieces) => {
      const sum = pieces.reduce((last, piece) => crc64(piece, last), crc64Start);
      expect(crc64Bytes(sum).readBigUInt64BE()).toBe(plain(Buffer.concat(pieces)));
    }),
  );
});

test('bytes that are a piece of a larger buffer are summed alone', () => {
  const whole = Buffer.from('..0123456789abcdef..');
  expect(crc64(whole.subarray(2, 18), crc64Start)).toEqual(crc64(Buffer.from('0123456789abcdef'), crc64Start));
});
