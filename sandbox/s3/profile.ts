import type { Decision } from '../../policies/decision.ts';
import type { AccessDecision } from '../../policies/evaluator/decide-access.ts';
import { iamRequestsOf } from '../../policies/evaluator/iam-requests.ts';
import {
  accountOperations,
  bucketOperations,
  objectOperations,
  type StorageOperation,
  type StorageRequest,
} from '../../policies/storage-request.ts';
import type { Identity } from './authorizer.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import { S3Error } from './s3-error.ts';

/** Where providers of the S3 protocol differ: what they refuse and in which words. Checks throw `S3Error`. */
export interface S3Profile {
  readonly provider: 'aws' | 'r2';
  /** Value of the Server header. */
  readonly server: string;
  /** Whether a request that asks for it hears `100 Continue` before it sends its body. */
  readonly continues: boolean;
  /** Calls answered by 501 whoever asks. */
  readonly notImplemented: ReadonlySet<StorageOperation>;
  /** Request headers that ask for what the provider lacks. */
  readonly notImplementedHeaders: RegExp;
  /** Whether a missing key looks forbidden to who may not list (AWS), or missing to all (R2). */
  readonly hidesMissingKeys: boolean;
  /** Whether every part but the last must have the same size. */
  readonly uniformParts: boolean;
  /** The checksum of what comes without one. */
  readonly checksumDefault?: ChecksumAlgorithm;
  readonly contentTypeDefault: string;
  readonly metadataBytesMax: number;
  readonly bucketName: RegExp;
  checkAccessKeyId(accessKeyId: string): void;
  checkRegion(signed: string, own: string): void;
  unreadableAuthorization(header: string): S3Error;
  /** A presigned URL past its time. */
  expired(details: Readonly<Record<string, string>>): S3Error;
  denied(caller: Identity | undefined, request: StorageRequest, decision: Decision): S3Error;
  /** `constraint` is what CreateBucket's body says, undefined without one; returns the new bucket's attributes. */
  bucketAttributes(constraint: string | undefined, own: string): Readonly<Record<string, string>>;
  /** CreateBucket of a bucket that the account has; undefined where that succeeds. */
  bucketOwned(own: string): S3Error | undefined;
}

/** S3 general purpose buckets (S3 User Guide; S3 API reference). */
export const awsProfile: S3Profile = {
  provider: 'aws',
  server: 'AmazonS3',
  continues: true,
  notImplemented: new Set(),
  notImplementedHeaders: /^$/,
  hidesMissingKeys: true,
  uniformParts: false,
  checksumDefault: 'CRC64NVME',
  contentTypeDefault: 'binary/octet-stream',
  metadataBytesMax: 2 * 1024,
  bucketName:
    /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(\.\.|-s3alias$|--ol-s3$|\.mrap$))(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  checkAccessKeyId: () => undefined,

  checkRegion(signed, own) {
    if (signed === own) return;
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${signed}' is wrong; expecting '${own}'`,
      { Region: own },
      { 'x-amz-bucket-region': own },
    );
  },

  unreadableAuthorization(header) {
    if (header.startsWith('AWS4-HMAC-SHA256')) return new S3Error('AuthorizationHeaderMalformed');
    if (header.startsWith('AWS ')) {
      const message = 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';
      return new S3Error('InvalidRequest', message);
    }
    return new S3Error('InvalidArgument', 'Unsupported Authorization Type', { ArgumentName: 'Authorization' });
  },

  expired: (details) => new S3Error('AccessDenied', 'Request has expired', details),

  denied(caller, request, decision: AccessDecision) {
    const { verdict, because, missingOrDenying: type = 'identity-based policy' } = decision;
    if (caller === undefined) return new S3Error('AccessDenied');
    const needed = iamRequestsOf(request, { partition: 'aws', accountId: '' });
    const refused = needed.find(({ action, resource }) => because.includes(`${action} on ${resource}`)) ?? needed[0];
    if (refused === undefined) return new S3Error('AccessDenied');
    const { action, resource } = refused;
    const reason =
      verdict === 'explicitly-denied'
        ? `with an explicit deny in ${type === 'identity-based policy' ? 'an' : 'a'} ${type}`
        : `because no ${type} allows the ${action} action`;
    return new S3Error(
      'AccessDenied',
      `User: ${caller.principal} is not authorized to perform: ${action} on resource: "${resource}" ${reason}`,
    );
  },

  bucketAttributes(constraint, own) {
    if (own === 'us-east-1') {
      if (constraint === undefined || constraint === '') return { region: own };
      if (constraint === own) throw new S3Error('InvalidLocationConstraint', undefined, { LocationConstraint: own });
    } else if (constraint === own) return { region: own };
    const named = constraint ?? 'unspecified';
    throw new S3Error(
      'IllegalLocationConstraintException',
      `The ${named} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  },

  bucketOwned: (own) => (own === 'us-east-1' ? undefined : new S3Error('BucketAlreadyOwnedByYou')),
};

const r2Regions = ['auto', '', 'us-east-1'];
const r2LocationHints = ['auto', 'wnam', 'enam', 'weur', 'eeur', 'apac', 'oc'];
const r2KeyIdLength = 32;

const r2Serves: ReadonlySet<StorageOperation> = new Set<StorageOperation>([
  ...([
    'ListBuckets',
    'CreateBucket',
    'DeleteBucket',
    'HeadBucket',
    'GetBucketLocation',
    'GetBucketEncryption',
  ] as const),
  ...(['GetBucketCors', 'PutBucketCors', 'DeleteBucketCors'] as const),
  ...(['GetBucketLifecycleConfiguration', 'PutBucketLifecycleConfiguration'] as const),
  ...(['ListObjects', 'ListObjectsV2', 'ListMultipartUploads', 'ListParts'] as const),
  ...(['GetObject', 'HeadObject', 'PutObject', 'CopyObject', 'DeleteObject', 'DeleteObjects'] as const),
  ...(['CreateMultipartUpload', 'UploadPart', 'UploadPartCopy', 'CompleteMultipartUpload'] as const),
  'AbortMultipartUpload',
]);

const allOperations = [...accountOperations, ...bucketOperations, ...objectOperations];

/** Cloudflare R2 (R2 documentation: "S3 API compatibility", "Error codes", "Limits"). */
export const r2Profile: S3Profile = {
  provider: 'r2',
  server: 'cloudflare',
  continues: false,
  notImplemented: new Set(allOperations.filter((operation) => !r2Serves.has(operation))),
  notImplementedHeaders:
    /^x-amz-(tagging|tagging-directive|grant-.*|expected-bucket-owner|source-expected-bucket-owner|request-payer|object-lock-.*|bypass-governance-retention|mfa|website-redirect-location)$/,
  hidesMissingKeys: false,
  uniformParts: true,
  contentTypeDefault: 'application/octet-stream',
  metadataBytesMax: 8 * 1024,
  bucketName: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,

  checkAccessKeyId(accessKeyId) {
    if (accessKeyId.length === r2KeyIdLength) return;
    throw new S3Error(
      'InvalidArgument',
      `Credential access key has length ${accessKeyId.length}, should be ${r2KeyIdLength}`,
    );
  },

  checkRegion(signed) {
    if (r2Regions.includes(signed)) return;
    throw new S3Error(
      'InvalidRegionName',
      `The region name '${signed}' is not valid. Must be one of: wnam, enam, weur, eeur, apac, auto`,
    );
  },

  unreadableAuthorization(header) {
    if (header.startsWith('AWS4-HMAC-SHA256')) return new S3Error('InvalidArgument', 'Authorization');
    return new S3Error('Unauthorized', 'SigV2 authorization is not supported. Please use SigV4 instead.');
  },

  expired: () => new S3Error('ExpiredRequest'),

  denied: (caller) => (caller === undefined ? new S3Error('Unauthorized') : new S3Error('AccessDenied')),

  bucketAttributes(constraint) {
    const hint = (constraint ?? '').toLowerCase();
    if (hint === '' || hint === 'auto') return {};
    if (r2LocationHints.includes(hint)) return { location: hint };
    throw new S3Error('InvalidLocationConstraint', undefined, { LocationConstraint: constraint ?? '' });
  },

  bucketOwned: () =>
    new S3Error('BucketAlreadyOwnedByYou', 'The bucket you tried to create already exists, and you own it.'),
};
