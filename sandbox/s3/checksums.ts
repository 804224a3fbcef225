import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc64, crc64Bytes, crc64Start } from './crc64.ts';
import { S3Error } from './s3-error.ts';

/** The checksums that S3 keeps with an object (S3 User Guide, "Checking object integrity"). */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** `x-amz-checksum-crc32`. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** `x-amz-checksum-algorithm`. Throws `InvalidRequest`. */
export function checksumAsked(headers: Readonly<Record<string, string>>): ChecksumAlgorithm | undefined {
  const named = headers['x-amz-checksum-algorithm'];
  if (named === undefined) return undefined;
  const algorithm = checksumAlgorithms.find((each) => each === named.toUpperCase());
  if (algorithm !== undefined) return algorithm;
  throw new S3Error(
    'InvalidRequest',
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${checksumAlgorithms.join(', ')}]`,
  );
}

export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  /** Base64 of the bytes, most significant first. */
  value(): string;
}

/** The checksum of no bytes yet. */
export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  switch (algorithm) {
    case 'CRC32':
      return running32((bytes, sum) => crc32(bytes, sum));
    case 'CRC32C':
      return running32(crc32c);
    case 'CRC64NVME':
      return running64();
    case 'SHA1':
      return runningHash('sha1');
    case 'SHA256':
      return runningHash('sha256');
  }
}

/** The checksum of a multipart upload's parts' checksums: `value-N`. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  const checksum = startChecksum(algorithm);
  for (const part of parts) checksum.update(Buffer.from(part, 'base64'));
  return `${checksum.value()}-${parts.length}`;
}

function runningHash(name: string): RunningChecksum {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), value: () => hash.digest('base64') };
}

function running32(next: (bytes: Uint8Array, sum: number) => number): RunningChecksum {
  let sum = 0;
  return {
    update(bytes) {
      sum = next(bytes, sum);
    },
    value() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum >>> 0);
      return bytes.toString('base64');
    },
  };
}

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const crc32cTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest;
});

function crc32c(bytes: Uint8Array, sum: number): number {
  let rest = ~sum;
  for (const byte of bytes) rest = (crc32cTable[(rest ^ byte) & 0xff] ?? 0) ^ (rest >>> 8);
  return ~rest >>> 0;
}

function running64(): RunningChecksum {
  let sum = crc64Start;
  return {
    update(bytes) {
      sum = crc64(bytes, sum);
    },
    value: () => crc64Bytes(sum).toString('base64'),
  };
}
