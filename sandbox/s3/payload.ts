import { createHash, type Hash } from 'node:crypto';
import type { StoredChecksum } from '../store/disk-world.ts';
import type { RequestHeaders } from './canonical-request.ts';
import { checksumAlgorithms, checksumHeader, startChecksum, type ChecksumAlgorithm } from './checksums.ts';
import { unchunk, type ChunkSigning } from './chunked-body.ts';
import { singlePutBytesMax } from './limits.ts';
import { S3Error } from './s3-error.ts';

/** What `x-amz-content-sha256` says of the body (S3 API reference, "Authenticating Requests", the header's values). */
export type PayloadKind =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'hashed'; readonly sha256: string }
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailers: boolean };

/** Throws `InvalidArgument` for a value that S3 does not have. */
export function payloadKind(header: string): PayloadKind {
  switch (header) {
    case 'UNSIGNED-PAYLOAD':
      return { kind: 'unsigned' };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { kind: 'chunked', signed: true, trailers: false };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { kind: 'chunked', signed: true, trailers: true };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { kind: 'chunked', signed: false, trailers: true };
  }
  if (/^[0-9a-f]{64}$/i.test(header)) return { kind: 'hashed', sha256: header.toLowerCase() };
  throw new S3Error(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value.',
    { ArgumentName: 'x-amz-content-sha256', ArgumentValue: header },
  );
}

/** What a body must turn out to be. */
export interface PayloadExpectations {
  readonly payload: PayloadKind;
  readonly signing?: ChunkSigning;
  /** Bytes without framing; undefined where the request does not say, which S3 refuses for a body to keep. */
  readonly sizeBytes: number | undefined;
  readonly md5?: Buffer;
  /** The one checksum that is to be verified and kept; without a value it comes as a trailer, or is only `computed` here. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: string; readonly computed?: true };
}

/** `source`, of which nothing is promised, with its checksum. */
export function summedBody(source: AsyncIterable<Buffer>, algorithm: ChecksumAlgorithm): VerifiedBody {
  return verifiedBody(source, {
    payload: { kind: 'unsigned' },
    sizeBytes: undefined,
    checksum: { algorithm, computed: true },
  });
}

/** Reads the expectations off the headers. Throws `InvalidDigest`, `InvalidRequest`, `EntityTooLarge`. */
export function payloadExpectations(
  headers: RequestHeaders,
  effective: Readonly<Record<string, string>>,
  payload: PayloadKind,
  signing: ChunkSigning | undefined,
): PayloadExpectations {
  const chunked = payload.kind === 'chunked';
  const sizeBytes = sizeOf(chunked ? effective['x-amz-decoded-content-length'] : headers['content-length']);
  if (sizeBytes !== undefined && sizeBytes > singlePutBytesMax) {
    throw new S3Error('EntityTooLarge', undefined, {
      ProposedSize: String(sizeBytes),
      MaxSizeAllowed: String(singlePutBytesMax),
    });
  }
  const md5 = md5Of(headers['content-md5']);
  const checksum = checksumOf(effective);
  return { payload, sizeBytes, ...(signing && { signing }), ...(md5 && { md5 }), ...(checksum && { checksum }) };
}

/** The same of a body whose `sum` is to be kept where it comes without a checksum. */
export function withSum(expected: PayloadExpectations, sum: ChecksumAlgorithm | undefined): PayloadExpectations {
  return sum === undefined ? expected : { checksum: { algorithm: sum, computed: true }, ...expected };
}

/** A body with what was learned of it at its end. */
export interface VerifiedBody extends AsyncIterable<Buffer> {
  /** Present after the last byte, where the request named a checksum. */
  checksum(): StoredChecksum | undefined;
}

/**
 * The body without its framing. It throws at its end where it is not what was promised (`BadDigest`, `XAmzContentSHA256Mismatch`,
 * `IncompleteBody`, ..), before a receiver can settle it.
 */
export function verifiedBody(source: AsyncIterable<Buffer>, expected: PayloadExpectations): VerifiedBody {
  let verified: StoredChecksum | undefined;
  let trailers: ReadonlyMap<string, string> = new Map();

  async function* bytes(): AsyncGenerator<Buffer> {
    const { payload, signing } = expected;
    const sha256 = payload.kind === 'hashed' ? createHash('sha256') : undefined;
    const md5 = expected.md5 && createHash('md5');
    const checksum = expected.checksum && startChecksum(expected.checksum.algorithm);
    const framing = payload.kind === 'chunked' && { trailers: payload.trailers, ...(signing && { signing }) };
    const plain = framing ? unchunk(source, framing, (found) => (trailers = found)) : source;
    let sizeBytes = 0;
    for await (const chunk of plain) {
      sizeBytes += chunk.length;
      if (sizeBytes > (expected.sizeBytes ?? singlePutBytesMax)) throw new S3Error('IncompleteBody');
      sha256?.update(chunk);
      md5?.update(chunk);
      checksum?.update(chunk);
      yield chunk;
    }
    if (expected.sizeBytes !== undefined && sizeBytes !== expected.sizeBytes) throw new S3Error('IncompleteBody');
    if (payload.kind === 'hashed' && sha256) checkSha256(payload.sha256, sha256);
    if (expected.md5 && md5?.digest().equals(expected.md5) === false) throw new S3Error('BadDigest');
    if (expected.checksum && checksum) verified = checkChecksum(expected.checksum, checksum.value(), trailers);
  }

  return { [Symbol.asyncIterator]: bytes, checksum: () => verified };
}

function checkSha256(claimed: string, hash: Hash): void {
  const computed = hash.digest('hex');
  if (computed === claimed) return;
  throw new S3Error('XAmzContentSHA256Mismatch', undefined, {
    ClientComputedContentSHA256: claimed,
    S3ComputedContentSHA256: computed,
  });
}

function checkChecksum(
  { algorithm, value, computed: unclaimed }: NonNullable<PayloadExpectations['checksum']>,
  computed: string,
  trailers: ReadonlyMap<string, string>,
): StoredChecksum {
  const claimed = value ?? trailers.get(checksumHeader(algorithm));
  if (claimed === undefined && !unclaimed) {
    throw new S3Error(
      'MalformedTrailerError',
      `The trailer ${checksumHeader(algorithm)} was announced and did not come.`,
    );
  }
  if (claimed !== undefined && claimed !== computed) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value: computed, type: 'FULL_OBJECT' };
}

function sizeOf(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw new S3Error('InvalidArgument', 'The length of the body is not a number.');
  }
  return Number(header);
}

function md5Of(header: string | string[] | undefined): Buffer | undefined {
  if (header === undefined) return undefined;
  const digest = Buffer.from(String(header), 'base64');
  if (digest.length !== 16 || digest.toString('base64') !== header) throw new S3Error('InvalidDigest');
  return digest;
}

function checksumOf(headers: Readonly<Record<string, string>>): PayloadExpectations['checksum'] {
  const given = checksumAlgorithms.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined);
  const announced = (headers['x-amz-trailer'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const trailing = checksumAlgorithms.filter((algorithm) => announced.includes(checksumHeader(algorithm)));
  if (given.length + trailing.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const [algorithm] = [...given, ...trailing];
  if (algorithm === undefined) return undefined;
  const value = headers[checksumHeader(algorithm)];
  return value === undefined ? { algorithm } : { algorithm, value };
}
