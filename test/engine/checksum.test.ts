import { createHash, randomBytes } from 'node:crypto';
import { startChecksum, type ChecksumAlgorithm } from '../../engine/checksum.ts';

function checksumOf(algorithm: ChecksumAlgorithm, ...chunks: readonly Uint8Array[]): string {
  const running = startChecksum(algorithm);
  for (const chunk of chunks) running.update(chunk);
  return running.value();
}

/** The check value of a CRC: that of "123456789" (Williams, "A painless guide to CRC error detection algorithms"). */
const check = Buffer.from('123456789');

test.each<[ChecksumAlgorithm, string]>([
  ['CRC32', Buffer.from('cbf43926', 'hex').toString('base64')],
  ['CRC32C', Buffer.from('e3069283', 'hex').toString('base64')],
  ['CRC64NVME', Buffer.from('ae8b14860a799888', 'hex').toString('base64')],
  ['MD5', createHash('md5').update(check).digest('hex')],
  ['SHA1', createHash('sha1').update(check).digest('base64')],
  ['SHA256', createHash('sha256').update(check).digest('base64')],
])('%s is as headers and entity tags hold it', (algorithm, value) => {
  expect(checksumOf(algorithm, check)).toBe(value);
});

test.each<ChecksumAlgorithm>(['CRC32', 'CRC32C', 'CRC64NVME', 'MD5', 'SHA1', 'SHA256'])(
  '%s of a body in chunks is that of the body, and a copy goes on by itself',
  (algorithm) => {
    const body = randomBytes(1003);
    const running = startChecksum(algorithm);
    running.update(body.subarray(0, 501));
    const copy = running.copy();
    running.update(Buffer.from('something else'));
    copy.update(body.subarray(501));
    expect(copy.value()).toBe(checksumOf(algorithm, body));
    expect(copy.value()).toBe(copy.value());
  },
);
