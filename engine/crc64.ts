/**
 * CRC64NVME, the checksum that S3 and R2 keep of whole objects (S3 User Guide, "Checking object integrity"; NVM Express, NVM
 * Command Set, "64b CRC"). Values are what headers hold: base64 of eight bytes, the most significant first.
 */

export interface RunningCrc64 {
  update(bytes: Uint8Array): void;
  /** Of everything so far. */
  value(): string;
  /** Another one that goes on from here. */
  copy(): RunningCrc64;
}

/** The polynomial, reflected. */
const polynomial = 0x9a6c9329ac4bc9b5n;
/** So many bytes are taken in at once, each by a table of its own ("slicing by eight"). */
const bytesAtOnce = 8;

/**
 * What a byte adds that 0 to 7 bytes follow: at `followers * 256 + byte`. In two halves of 32 bits, since numbers hold no more and BigInt is slow;
 * signed, for these are what the processor adds up without a detour.
 */
const [highs, lows] = makeTables();

function makeTables(): readonly [high: Int32Array, low: Int32Array] {
  const high = new Int32Array(bytesAtOnce * 256);
  const low = new Int32Array(bytesAtOnce * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = BigInt(byte);
    for (let followers = 0; followers < bytesAtOnce; followers += 1) {
      for (let bit = 0; bit < 8; bit += 1) rest = advancedByOneBit(rest);
      high[followers * 256 + byte] = Number(BigInt.asIntN(32, rest >> 32n));
      low[followers * 256 + byte] = Number(BigInt.asIntN(32, rest));
    }
  }
  return [high, low];
}

/** The checksum of what it is of and one more bit, a 0. */
export function advancedByOneBit(rest: bigint): bigint {
  return rest & 1n ? (rest >> 1n) ^ polynomial : rest >> 1n;
}

/** A checksum that takes its bytes in as they come. */
export function startCrc64(): RunningCrc64 {
  return goOn(-1, -1);
}

function goOn(highSoFar: number, lowSoFar: number): RunningCrc64 {
  let [high, low] = [highSoFar, lowSoFar];
  return {
    update(bytes) {
      let [h, l, at] = [high, low, 0];
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (const last = bytes.length - bytesAtOnce; at <= last; at += bytesAtOnce) {
        const [first, second] = [l ^ view.getInt32(at, true), h ^ view.getInt32(at + 4, true)];
        l = sliced(lows, first, second);
        h = sliced(highs, first, second);
      }
      for (; at < bytes.length; at += 1) {
        const byte = (l ^ view.getUint8(at)) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ entry(lows, byte);
        h = (h >>> 8) ^ entry(highs, byte);
      }
      [high, low] = [h, l];
    },
    value() {
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(~high, 0);
      bytes.writeInt32BE(~low, 4);
      return bytes.toString('base64');
    },
    copy: () => goOn(high, low),
  };
}

/** One half of the checksum after eight bytes: the first of them has seven followers. */
function sliced(table: Int32Array, first: number, second: number): number {
  return (
    entry(table, 1792 + (first & 0xff)) ^
    entry(table, 1536 + ((first >>> 8) & 0xff)) ^
    entry(table, 1280 + ((first >>> 16) & 0xff)) ^
    entry(table, 1024 + (first >>> 24)) ^
    entry(table, 768 + (second & 0xff)) ^
    entry(table, 512 + ((second >>> 8) & 0xff)) ^
    entry(table, 256 + ((second >>> 16) & 0xff)) ^
    entry(table, second >>> 24)
  );
}

/** Every index is inside its table. */
function entry(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}
