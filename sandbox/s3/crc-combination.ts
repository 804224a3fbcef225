import type { ChecksumAlgorithm } from './checksums.ts';

/**
 * The CRC of bytes one after the other, from the CRCs of the pieces: a full-object checksum of a multipart upload without
 * reading it again. A piece of n bytes carries the CRC before it n bytes further, which is linear over GF(2), and so is n times doubled
 * by squaring a matrix (Mark Adler's method in zlib's crc32_combine).
 */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  pieces: readonly { readonly value: string; readonly sizeBytes: number }[],
): string {
  const polynomial = polynomials[algorithm];
  if (polynomial === undefined) throw new Error(`${algorithm} is no CRC`);
  const { bits, reflected } = polynomial;
  const oneBit = advanceByOneBit(bits, reflected);
  let sum = 0n;
  for (const { value, sizeBytes } of pieces) {
    sum = advance(sum, oneBit, BigInt(sizeBytes) * 8n) ^ BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`);
  }
  return Buffer.from(sum.toString(16).padStart(bits / 4, '0'), 'hex').toString('base64');
}

const polynomials: Partial<Record<ChecksumAlgorithm, { readonly bits: number; readonly reflected: bigint }>> = {
  CRC32: { bits: 32, reflected: 0xedb88320n },
  CRC32C: { bits: 32, reflected: 0x82f63b78n },
  CRC64NVME: { bits: 64, reflected: 0x9a6c9329ac4bc9b5n },
};

/** Row i is what a CRC with only bit i set becomes. */
type Matrix = readonly bigint[];

function advanceByOneBit(bits: number, reflected: bigint): Matrix {
  return Array.from({ length: bits }, (_, bit) => (bit === 0 ? reflected : 1n << BigInt(bit - 1)));
}

function advance(sum: bigint, oneBit: Matrix, steps: bigint): bigint {
  let matrix = oneBit;
  let moved = sum;
  for (let left = steps; left > 0n; left >>= 1n) {
    if (left & 1n) moved = times(matrix, moved);
    matrix = matrix.map((row) => times(matrix, row));
  }
  return moved;
}

function times(matrix: Matrix, vector: bigint): bigint {
  let product = 0n;
  let rest = vector;
  for (let row = 0; rest > 0n; row += 1, rest >>= 1n) {
    if (rest & 1n) product ^= matrix[row] ?? 0n;
  }
  return product;
}
