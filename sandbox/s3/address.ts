import { decodePercent } from './percent-encoding.ts';
import { S3Error } from './s3-error.ts';

/** The bucket and key that a request names; both absent for calls on the account. */
export interface Address {
  readonly bucket?: string;
  readonly key?: string;
}

/**
 * Reads bucket and key from path and Host header (S3 User Guide, "Virtual hosting of general purpose buckets"):
 *
 *     localhost, 127.0.0.1, an own host   path style: /bucket/key
 *     BUCKET.localhost, BUCKET.own host   virtual-host style: /key
 *
 * Nothing is normalised: `..`, `//` and a leading `/` are parts of keys. Throws `InvalidURI`.
 */
export function addressOf(rawPath: string, host: string | undefined, ownHosts: readonly string[]): Address {
  const hosted = bucketOfHost(host, ownHosts);
  if (hosted !== undefined)
    return rawPath === '/' ? { bucket: hosted } : { bucket: hosted, key: decode(rawPath.slice(1)) };
  if (rawPath === '/') return {};
  const slash = rawPath.indexOf('/', 1);
  if (slash < 0) return { bucket: decode(rawPath.slice(1)) };
  const bucket = decode(rawPath.slice(1, slash));
  // `//key` names no bucket.
  if (bucket === '') throw new S3Error('InvalidBucketName');
  return slash === rawPath.length - 1 ? { bucket } : { bucket, key: decode(rawPath.slice(slash + 1)) };
}

function bucketOfHost(host: string | undefined, ownHosts: readonly string[]): string | undefined {
  const name = host?.replace(/:\d+$/, '').toLowerCase();
  if (name === undefined) return undefined;
  const own = ['localhost', ...ownHosts].find((each) => name.endsWith(`.${each}`));
  return own === undefined ? undefined : name.slice(0, -own.length - 1);
}

function decode(raw: string): string {
  const text = decodePercent(raw);
  if (text === undefined) throw new S3Error('InvalidURI');
  return text;
}
