import { advancedByOneBit } from './crc64.ts';

/** One piece of a body. */
export interface Crc64Piece {
  readonly crc64: string;
  readonly sizeBytes: number;
}

/** What each single bit of a checksum becomes; what all of it becomes is their sum, for a CRC is linear. */
type Step = readonly bigint[];

const bits = 64;
const oneBit: Step = Array.from({ length: bits }, (_, bit) => advancedByOneBit(1n << BigInt(bit)));

/**
 * The CRC64NVME of a whole body from those of its pieces, in their order (Mark Adler's method, zlib's `crc32_combine`): what came
 * before a piece of n bytes is carried n bytes on.
 */
export function joinCrc64(pieces: readonly Crc64Piece[]): string {
  // All parts of an upload but the last have one size, and a step costs much more to make than to take.
  const steps = new Map<number, Step>();
  let sum = 0n;
  for (const { crc64, sizeBytes } of pieces) {
    const step = steps.get(sizeBytes) ?? stepOf(sizeBytes);
    steps.set(sizeBytes, step);
    sum = taken(step, sum) ^ Buffer.from(crc64, 'base64').readBigUInt64BE();
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(sum);
  return bytes.toString('base64');
}

/** By doubling: a step of 2n bits is one of n bits taken twice. */
function stepOf(sizeBytes: number): Step {
  let step: Step = oneBit.map((_, bit) => 1n << BigInt(bit));
  let doubled = oneBit;
  for (let left = BigInt(sizeBytes) * 8n; left > 0n; left >>= 1n) {
    const current = doubled;
    if (left & 1n) step = step.map((value) => taken(current, value));
    doubled = current.map((value) => taken(current, value));
  }
  return step;
}

function taken(step: Step, value: bigint): bigint {
  let sum = 0n;
  let rest = value;
  for (const bit of step) {
    if (rest & 1n) sum ^= bit;
    rest >>= 1n;
  }
  return sum;
}
