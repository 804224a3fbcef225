import type { Call } from './call.ts';
import { checksumAlgorithms, checksumHeader } from './checksums.ts';
import { S3Error } from './s3-error.ts';

/** Whether a body comes with its MD5 or a checksum. */
export function hasIntegrity({ request, headers }: Pick<Call, 'request' | 'headers'>): boolean {
  if (request.headers['content-md5'] !== undefined) return true;
  return checksumAlgorithms.some((algorithm) => {
    const name = checksumHeader(algorithm);
    return headers[name] !== undefined || headers['x-amz-trailer']?.includes(name) === true;
  });
}

/** Throws `InvalidRequest` for a body that AWS takes only with its MD5 or a checksum (S3 API reference, "Content-MD5"). */
export function checkIntegrity(call: Call): void {
  if (call.profile.provider !== 'aws' || hasIntegrity(call)) return;
  throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
}
