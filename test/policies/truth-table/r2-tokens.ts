import type { R2TokenPolicies } from '../../../policies/evaluator/r2-token.ts';
import type { StorageOperation } from '../../../policies/storage-request.ts';
import { bucket, call, onObject, type TruthGroup, type TruthRow } from './truth-row.ts';

/** The account whose endpoint is asked, in the default jurisdiction. */
export const r2Account = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
export const otherR2Account = 'f0e1d2c3b4a5968778695a4b3c2d1e0f';

const source = 'Cloudflare R2 docs, "Authentication: API tokens" (r2/api/tokens)';
const readGroup = '6a018a9f2fc74eb6b293b0c548f38b39';
const writeGroup = '2efd5506f9c8494dacb1fa10a3e7d5b6';
const adminReadGroup = 'b4992e1108244f5d8bfbd5744320c2e1';
const adminWriteGroup = 'bf7481a1826f439697cb59a20b22293e';

const token = (group: string, resources: R2TokenPolicies[number]['resources']): R2TokenPolicies => [
  { effect: 'allow', permissionGroups: [{ id: group }], resources },
];
const one = (name = bucket, jurisdiction = 'default', accountId = r2Account) => ({
  [`com.cloudflare.edge.r2.bucket.${accountId}_${jurisdiction}_${name}`]: '*',
});
const whole = { [`com.cloudflare.api.account.${r2Account}`]: '*' };
const everyBucket = { [`com.cloudflare.api.account.${r2Account}`]: { 'com.cloudflare.edge.r2.bucket.*': '*' } };

const reads: readonly StorageOperation[] = ['ListObjects', 'ListObjectsV2', 'ListMultipartUploads'];
const objectReads: readonly StorageOperation[] = ['GetObject', 'HeadObject', 'ListParts'];
const writes: readonly StorageOperation[] = [
  'PutObject',
  'DeleteObject',
  'DeleteObjects',
  'CreateMultipartUpload',
  'UploadPart',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
];
const configures: readonly StorageOperation[] = [
  'CreateBucket',
  'DeleteBucket',
  'PutBucketCors',
  'PutBucketLifecycleConfiguration',
];
const inspects: readonly StorageOperation[] = ['ListBuckets', 'GetBucketCors', 'GetBucketLifecycleConfiguration'];

type Verdicts = Readonly<Record<'read' | 'write' | 'configure' | 'inspect', boolean>>;

/** One row a call: Cloudflare's table of permissions, cell by cell. */
function matrix(may: Verdicts, part: object = {}): readonly TruthRow[] {
  const verdict = (allowed: boolean) => (allowed ? 'allowed' : 'implicitly-denied');
  return [
    ...reads.map((operation): TruthRow => [operation, call(operation, part), verdict(may.read)]),
    ...objectReads.map((operation): TruthRow => [operation, onObject(operation, 'a/x', part), verdict(may.read)]),
    ...writes.map((operation): TruthRow => [operation, onObject(operation, 'a/x', part), verdict(may.write)]),
    ...configures.map((operation): TruthRow => [operation, call(operation, part), verdict(may.configure)]),
    ...inspects.map((operation): TruthRow => [operation, call(operation, part), verdict(may.inspect)]),
  ];
}

const nothing: Verdicts = { read: false, write: false, configure: false, inspect: false };
const objectRead: Verdicts = { ...nothing, read: true };
const objectWrite: Verdicts = { ...objectRead, write: true };

export const r2Tokens: readonly TruthGroup[] = [
  {
    title: 'Object Read only, on its bucket',
    source,
    setting: { provider: 'r2', policies: token(readGroup, one()) },
    rows: matrix(objectRead),
  },
  {
    title: 'Object Read only, on another bucket',
    source,
    setting: { provider: 'r2', policies: token(readGroup, one()) },
    rows: matrix(nothing, { bucket: 'archive' }),
  },
  {
    title: 'Object Read & Write, on its bucket: it deletes too',
    source,
    setting: { provider: 'r2', policies: token(writeGroup, one()) },
    rows: matrix(objectWrite),
  },
  {
    title: 'Object Read & Write, on another bucket',
    source,
    setting: { provider: 'r2', policies: token(writeGroup, one()) },
    rows: matrix(nothing, { bucket: 'archive' }),
  },
  {
    title: 'Object Read & Write on every bucket of the account',
    source,
    setting: { provider: 'r2', policies: token(writeGroup, everyBucket) },
    rows: matrix(objectWrite, { bucket: 'archive' }),
  },
  {
    title: 'Admin Read only',
    source,
    setting: { provider: 'r2', policies: token(adminReadGroup, whole) },
    rows: matrix({ ...objectRead, inspect: true }),
  },
  {
    title: 'Admin Read & Write',
    source,
    setting: { provider: 'r2', policies: token(adminWriteGroup, whole) },
    rows: matrix({ read: true, write: true, configure: true, inspect: true }),
  },
  {
    title: 'a group outside its scope does nothing',
    source: 'Cloudflare Fundamentals docs, "Create API token via the API"',
    setting: { provider: 'r2', policies: [...token(adminWriteGroup, one()), ...token(writeGroup, whole)] },
    rows: matrix(nothing),
  },
  {
    title: 'the same bucket’s name in another jurisdiction',
    source: 'Cloudflare R2 docs, "Data location: Jurisdictional restrictions"',
    setting: { provider: 'r2', policies: token(writeGroup, one(bucket, 'eu')) },
    rows: matrix(nothing).slice(0, 8),
  },
  {
    title: 'the same bucket’s name in another account',
    source,
    setting: { provider: 'r2', policies: token(writeGroup, one(bucket, 'default', otherR2Account)) },
    rows: matrix(nothing).slice(0, 8),
  },
  {
    title: 'an explicit deny beats an allow',
    source: 'Cloudflare Fundamentals docs, "Create API token via the API"',
    setting: {
      provider: 'r2',
      policies: [
        ...token(writeGroup, one()),
        { effect: 'deny', permissionGroups: [{ id: writeGroup }], resources: one() },
      ],
    },
    rows: [
      ['what is denied', onObject('PutObject', 'x'), 'explicitly-denied'],
      ['reads among it', onObject('GetObject', 'x'), 'explicitly-denied'],
      ['what neither says', call('CreateBucket'), 'implicitly-denied'],
    ],
  },
  {
    title: 'copying needs to read the source',
    source,
    setting: { provider: 'r2', policies: token(writeGroup, one()) },
    rows: [
      ['within the bucket', onObject('CopyObject', 'x', { copySource: { bucket, key: 'y' } }), 'allowed'],
      [
        'from another bucket',
        onObject('CopyObject', 'x', { copySource: { bucket: 'archive', key: 'y' } }),
        'implicitly-denied',
      ],
    ],
  },
  {
    title: 'copying between two buckets with one token',
    source,
    setting: {
      provider: 'r2',
      policies: [...token(writeGroup, one()), ...token(readGroup, one('archive'))],
    },
    rows: [
      ['to the one it writes', onObject('CopyObject', 'x', { copySource: { bucket: 'archive', key: 'y' } }), 'allowed'],
      [
        'not to the one it reads',
        onObject('CopyObject', 'x', { bucket: 'archive', copySource: { bucket, key: 'y' } }),
        'implicitly-denied',
      ],
    ],
  },
];
