import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { startCrc64 } from './crc64.ts';

/** What providers keep of whole bodies: an MD5 as the entity tag, the others by these names (S3 User Guide, "Checking object integrity"). */
export type ChecksumAlgorithm = 'MD5' | 'CRC64NVME' | 'CRC32' | 'CRC32C' | 'SHA1' | 'SHA256';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Of an MD5 in hex, as entity tags hold it; of the others in base64, as headers do. */
  readonly value: string;
}

export interface RunningChecksum {
  update(bytes: Uint8Array): unknown;
  /** Of everything so far. */
  value(): string;
  /** Another one that goes on from here. */
  copy(): RunningChecksum;
}

const starts: Readonly<Record<ChecksumAlgorithm, () => RunningChecksum>> = {
  MD5: () => runningHash(createHash('md5'), 'hex'),
  CRC64NVME: startCrc64,
  CRC32: () => runningCrc(crc32),
  CRC32C: () => runningCrc(crc32c),
  SHA1: () => runningHash(createHash('sha1'), 'base64'),
  SHA256: () => runningHash(createHash('sha256'), 'base64'),
};

/** A checksum that takes its bytes in as they come. */
export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  return starts[algorithm]();
}

function runningHash(hash: Hash, encoding: 'hex' | 'base64'): RunningChecksum {
  return {
    update: (bytes) => hash.update(bytes),
    value: () => hash.copy().digest(encoding),
    copy: () => runningHash(hash.copy(), encoding),
  };
}

/** Of 32 bits; headers hold the most significant byte first. */
function runningCrc(next: (bytes: Uint8Array, before: number) => number, before = 0): RunningChecksum {
  let sum = before;
  return {
    update: (bytes) => (sum = next(bytes, sum)),
    value() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum);
      return bytes.toString('base64');
    },
    copy: () => runningCrc(next, sum),
  };
}
