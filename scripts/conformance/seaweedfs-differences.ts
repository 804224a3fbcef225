import { isAsExpected, type Row, type SeenRow } from './step.ts';

/** Where SeaweedFS 4.48 answers otherwise than AWS's documentation says, and what follows for the sandbox. */
export interface Difference {
  readonly operation: string;
  /** The steps that show it: `as operation, what`. */
  readonly steps: readonly string[];
  readonly seaweedfs: string;
  readonly sandbox: string;
  /** What AWS says, and where. */
  readonly documentation: string;
}

export const seaweedfsDifferences: readonly Difference[] = [
  {
    operation: 'GetBucketLocation',
    steps: ['administrator GetBucketLocation, the region', 'administrator s3api get-bucket-location, the region'],
    seaweedfs: 'no region, whatever the bucket was made with',
    sandbox: 'the region',
    documentation: 'S3 API reference, GetBucketLocation: the region; empty for us-east-1 only',
  },
  {
    operation: 'GetPublicAccessBlock',
    steps: ['administrator GetPublicAccessBlock, of a new bucket'],
    seaweedfs: '501 NotImplemented',
    sandbox: 'all four settings true',
    documentation: 'S3 User Guide, "Blocking public access": on for every new bucket since April 2023',
  },
  {
    operation: 'GetBucketEncryption',
    steps: ['administrator GetBucketEncryption, of a new bucket'],
    seaweedfs: '404 until it is set',
    sandbox: 'AES256',
    documentation: 'S3 User Guide, "Default encryption": SSE-S3 for every bucket since January 2023',
  },
  {
    operation: 'PutObject',
    steps: ['administrator PutObject, with a Content-MD5 that is none'],
    seaweedfs: '400 BadDigest',
    sandbox: '400 InvalidDigest',
    documentation:
      'S3 API reference, "Error responses": InvalidDigest for a Content-MD5 that is not valid, BadDigest for one that does not match',
  },
  {
    operation: 'GetObjectAttributes',
    steps: ['administrator GetObjectAttributes, size, tag and checksum'],
    seaweedfs: 'no checksum, though the object has one',
    sandbox: 'the checksum',
    documentation: 'S3 API reference, GetObjectAttributes: Checksum, of objects that were uploaded with one',
  },
  {
    operation: 'PutObjectAcl, PutObject',
    steps: [
      'administrator PutObjectAcl, public-read',
      'administrator s3 cp, an ACL where ACLs are off',
      'writer s3 cp, an ACL where ACLs are off',
    ],
    seaweedfs: 'takes the ACL, also of a caller without s3:PutObjectAcl',
    sandbox: '400 AccessControlListNotSupported; 403 AccessDenied for a caller without s3:PutObjectAcl',
    documentation:
      'S3 User Guide, "Controlling ownership of objects": ACLs are off for new buckets, requests that set one fail',
  },
  {
    operation: 'GetObjectAcl',
    steps: ['administrator GetObjectAcl, the owner alone'],
    seaweedfs: 'shows the ACL that it took',
    sandbox: 'the owner alone',
    documentation: 'as above',
  },
  {
    operation: 'PutObjectTagging',
    steps: ['administrator PutObjectTagging, one key twice'],
    seaweedfs: 'takes it',
    sandbox: '400 InvalidTag',
    documentation: 'S3 User Guide, "Categorizing your storage using tags": tag keys are unique for an object',
  },
  {
    operation: 'CopyObject, UploadPartCopy',
    steps: ['administrator CopyObject, within the bucket', 'administrator UploadPartCopy, part 2, from an object'],
    seaweedfs: 'an entity tag without quotes in the answer',
    sandbox: 'with quotes, as everywhere',
    documentation: 'S3 API reference, CopyObject, examples: `"9b2cf535f27731c974343645a3985328"`',
  },
  {
    operation: 'ListObjectsV2',
    steps: ['administrator ListObjectsV2, with a token that is none'],
    seaweedfs: 'lists from that name on',
    sandbox: '400 InvalidArgument',
    documentation: 'S3 API reference, ListObjectsV2: tokens are obfuscated and not keys',
  },
  {
    operation: 'UploadPart',
    steps: ['administrator UploadPart, part number 0'],
    seaweedfs: '400 InvalidPart',
    sandbox: '400 InvalidArgument',
    documentation:
      'S3 API reference, UploadPart: part numbers from 1 to 10,000; "Error responses": InvalidPart is for completing',
  },
  {
    operation: 'GetObject of a delete marker',
    steps: ['administrator GetObject, the marker itself'],
    seaweedfs: '404 NoSuchKey',
    sandbox: '405 MethodNotAllowed',
    documentation: 'S3 User Guide, "Working with delete markers": GET with the id of a marker is 405',
  },
  {
    operation: 'GetObject of a version',
    steps: ['administrator GetObject, a version id that is none'],
    seaweedfs: '404 NoSuchVersion',
    sandbox: '400 InvalidArgument; 404 NoSuchVersion for ids of the right form',
    documentation:
      'S3 API reference, "Error responses": NoSuchVersion is for ids of versions that do not exist; other text is "Invalid version id specified"',
  },
  {
    operation: 'ListBuckets',
    steps: [
      'reader ListBuckets, all buckets',
      'reader s3 ls, all buckets',
      'reader lsd, all buckets',
      'reader ls, all buckets',
    ],
    seaweedfs: 'those buckets that the caller may use',
    sandbox: '403 AccessDenied',
    documentation: 'S3 API reference, ListBuckets: needs s3:ListAllMyBuckets',
  },
  {
    operation: 'PutObject with tags',
    steps: ['writer PutObject, with tags, not granted'],
    seaweedfs: 'needs s3:PutObject only',
    sandbox: '403 AccessDenied',
    documentation: 'S3 API reference, PutObject: tags in the request need s3:PutObjectTagging',
  },
  {
    operation: 'POST of a form',
    steps: [
      'writer generate_presigned_post, a form with its file',
      'writer generate_presigned_post, a file above the content-length-range',
    ],
    seaweedfs: '403 for an IAM user whose PutObject it takes',
    sandbox: '204; 400 EntityTooLarge',
    documentation: 'S3 API reference, "Browser-based uploads using POST": needs s3:PutObject on the key',
  },
  {
    operation: 'folders',
    steps: ['reader lsf, what it may list'],
    seaweedfs: 'a folder stays listed after its last object is gone, for a while',
    sandbox: 'prefixes exist by their keys only',
    documentation: 'S3 User Guide, "Organizing objects using prefixes": there are no folders',
  },
  {
    operation: 'IAM and STS at the S3 endpoint',
    steps: [
      'administrator sts get-caller-identity, the account',
      'writer sts get-caller-identity, allowed without any policy',
      'reader iam list-users, not granted',
      "reader iam create-access-key, another user's key, not granted",
    ],
    seaweedfs: 'refuses with errors in the form of S3, which clients cannot read',
    sandbox: 'the answer; AccessDenied in the form of IAM',
    documentation: 'STS API reference, GetCallerIdentity: needs no permission; IAM API reference, "Common errors"',
  },
];

/** Rows that differ without an entry above: news about SeaweedFS, or a fault of ours. */
export function unexplained(rows: readonly SeenRow[]): SeenRow[] {
  const explained = new Set(seaweedfsDifferences.flatMap(({ steps }) => steps));
  return rows.filter((row) => !isAsExpected(row) && !explained.has(stepName(row)));
}

/** By this the table of differences names a step, whichever client takes it. */
export function stepName({ as, operation, what }: Row): string {
  return `${as} ${operation}, ${what}`;
}

/** The table of docs/sandbox.md, "Against a real server". */
export function differencesTable(): string {
  const lines = seaweedfsDifferences.map(({ operation, seaweedfs, sandbox, documentation }) =>
    [operation, seaweedfs, sandbox, documentation, 'the sandbox is right'].join(' | '),
  );
  const head = ['operation | SeaweedFS | sandbox | AWS says | verdict', '--- | --- | --- | --- | ---'];
  return [...head, ...lines].map((line) => `| ${line} |`).join('\n');
}
