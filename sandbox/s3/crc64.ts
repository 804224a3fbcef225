/**
 * CRC-64/NVME (NVM Express, NVM Command Set, "64b CRC"), which S3 gives every object that comes without a checksum. A sum is two
 * halves of 32 bits, since BigInt is slow, and eight bytes are taken at once, each with a table of its own ("slicing by 8"): byte by
 * byte, it would cost more than all else that is done with a small body.
 */
export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

/** The sum of no bytes. */
export const crc64Start: Crc64 = { high: -1, low: -1 };

/** Reflected. */
const polynomial = 0x9a6c9329ac4bc9b5n;
const sliceBytes = 8;

/** Entry `256 * n + b`: what byte `b` comes to when it and `n` zero bytes have passed. */
const tables = (() => {
  const high = new Int32Array(sliceBytes * 256);
  const low = new Int32Array(sliceBytes * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = BigInt(byte);
    for (let passed = 0; passed < sliceBytes; passed += 1) {
      for (let bit = 0; bit < 8; bit += 1) rest = rest & 1n ? (rest >> 1n) ^ polynomial : rest >> 1n;
      high[256 * passed + byte] = Number(BigInt.asIntN(32, rest >> 32n));
      low[256 * passed + byte] = Number(BigInt.asIntN(32, rest));
    }
  }
  return { high, low };
})();

/** The sum of what `sum` is of, followed by `bytes`. */
export function crc64(bytes: Uint8Array, sum: Crc64): Crc64 {
  let { high, low } = sum;
  const sliced = bytes.length - (bytes.length % sliceBytes);
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < sliced; at += sliceBytes) {
    const first = low ^ words.getInt32(at, true);
    const second = high ^ words.getInt32(at + 4, true);
    low = slice(tables.low, first, second);
    high = slice(tables.high, first, second);
  }
  for (let at = sliced; at < bytes.length; at += 1) {
    const entry = (low ^ (bytes[at] ?? 0)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (tables.low[entry] ?? 0);
    high = (high >>> 8) ^ (tables.high[entry] ?? 0);
  }
  return { high, low };
}

/** What eight bytes come to: the first has passed seven others, the last none. */
function slice(table: Int32Array, first: number, second: number): number {
  return (
    (table[1792 + (first & 0xff)] ?? 0) ^
    (table[1536 + ((first >>> 8) & 0xff)] ?? 0) ^
    (table[1280 + ((first >>> 16) & 0xff)] ?? 0) ^
    (table[1024 + (first >>> 24)] ?? 0) ^
    (table[768 + (second & 0xff)] ?? 0) ^
    (table[512 + ((second >>> 8) & 0xff)] ?? 0) ^
    (table[256 + ((second >>> 16) & 0xff)] ?? 0) ^
    (table[second >>> 24] ?? 0)
  );
}

/** The eight bytes of the finished sum, most significant first. */
export function crc64Bytes({ high, low }: Crc64): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(~high, 0);
  bytes.writeInt32BE(~low, 4);
  return bytes;
}
