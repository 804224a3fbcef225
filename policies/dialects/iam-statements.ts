import assert from 'node:assert/strict';
import type { AwsLocation } from '../../base/location.ts';
import type { Ability } from '../ability.ts';
import { escapePattern } from '../evaluator/pattern.ts';
import type { Grant, GrantOptions } from '../grant.ts';

/** A statement of a rendered policy, each action with why it is there. */
export interface ExplainedStatement {
  readonly sid: IamStatementId;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly ExplainedAction[];
  readonly resources: readonly string[];
  readonly condition: IamConditions;
}

export interface ExplainedAction {
  /** `s3:GetObject`. */
  readonly action: string;
  /** What the operation does with it. */
  readonly because: string;
}

export type IamStatementId =
  | 'List'
  | 'ListUploads'
  | 'Objects'
  | 'CreateOnly'
  | 'UploadSteps'
  | 'SourceList'
  | 'SourceObjects'
  | 'SourceKey'
  | 'Key'
  | 'TlsOnly';

export type IamConditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const put: ExplainedAction = {
  action: 's3:PutObject',
  because: 'writes objects: PutObject, and the steps of a multipart upload',
};

/**
 * Actions on objects, by ability; always spelled out, since `s3:PutObject*` and the like grow with every new S3 action.
 * AWS Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
 */
function objectActions({ abilities, options = {} }: Grant): readonly ExplainedAction[] {
  const has = (ability: Ability) => abilities.includes(ability);
  const actions: (ExplainedAction | false)[] = [
    has('read') && { action: 's3:GetObject', because: 'reads objects and their metadata: GetObject, HeadObject' },
    has('write') && !options.appendOnly && put,
    has('delete') && { action: 's3:DeleteObject', because: 'sync removes what the source no longer has' },
    has('multipart') && {
      action: 's3:AbortMultipartUpload',
      because: 'cleans up an upload that broke off; after a rotation the new user did not begin it',
    },
    has('multipart') && { action: 's3:ListMultipartUploadParts', because: 'resumes an upload at its missing parts' },
    has('tag') && !has('write') && { action: 's3:GetObjectTagging', because: 'copies objects with their tags' },
    has('tag') && has('write') && { action: 's3:PutObjectTagging', because: 'writes objects with their tags' },
    has('version') && { action: 's3:GetObjectVersion', because: 'reads a version by its id' },
    has('version') &&
      has('tag') && { action: 's3:GetObjectVersionTagging', because: 'copies versions with their tags' },
    options.storedChecksums === true && {
      action: 's3:GetObjectAttributes',
      because: 'compares the checksums that S3 stored, without reading the objects',
    },
  ];
  return actions.filter((action) => action !== false);
}

/**
 * What a grant on AWS says, statement by statement. They are apart because a bucket ARN never matches an object action (nor
 * the reverse), and because ListBucketMultipartUploads knows no `s3:prefix`: with that condition it never matches.
 * Every statement on S3 names the bucket's account, so that a bucket of that name in a stranger's account is out of reach.
 */
export function iamStatements(grant: Grant): readonly ExplainedStatement[] {
  const location = awsLocation(grant);
  const { abilities, options = {} } = grant;
  const { bucketArn, objectsArn } = arnsOf(location);
  const account = conditionsOn(location, options);
  const allow = (sid: IamStatementId, actions: readonly ExplainedAction[], resource: string, more = {}) => ({
    sid,
    effect: 'Allow' as const,
    actions,
    resources: [resource],
    condition: merge(more, account),
  });
  const createsOnly = options.appendOnly === true && abilities.includes('write');
  const statements = [
    allow('List', listActions(grant), bucketArn, insidePrefix(location)),
    allow(
      'ListUploads',
      abilities.includes('multipart')
        ? [{ action: 's3:ListBucketMultipartUploads', because: 'finds uploads that broke off; it knows no prefix' }]
        : [],
      bucketArn,
    ),
    allow('Objects', objectActions(grant), objectsArn),
    ...(createsOnly ? appendOnlyStatements(objectsArn, account) : []),
    ...(options.copyFrom ? sourceStatements(options.copyFrom, options) : []),
    ...keyStatements('Key', grant),
    ...(options.tlsOnly ? [tlsOnly(options.copyFrom ? [options.copyFrom, grant] : [grant])] : []),
  ];
  return statements.filter(({ actions }) => actions.length > 0);
}

function listActions({ abilities }: Grant): readonly ExplainedAction[] {
  if (!abilities.includes('list')) return [];
  return [
    { action: 's3:ListBucket', because: 'lists the prefix to know what is there; a missing key is then 404, not 403' },
    ...(abilities.includes('version') ? [{ action: 's3:ListBucketVersions', because: 'lists every version' }] : []),
  ];
}

/** Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets". */
function appendOnlyStatements(objectsArn: string, account: IamConditions): readonly ExplainedStatement[] {
  const common = { effect: 'Allow', resources: [objectsArn] } as const;
  return [
    {
      ...common,
      sid: 'CreateOnly',
      actions: [
        { action: 's3:PutObject', because: 'creates objects: only with If-None-Match, which never overwrites' },
      ],
      condition: merge({ Null: { 's3:if-none-match': ['false'] } }, account),
    },
    {
      ...common,
      sid: 'UploadSteps',
      actions: [{ action: 's3:PutObject', because: 'begins uploads and sends parts, which create no object yet' }],
      condition: merge({ Bool: { 's3:ObjectCreationOperation': ['false'] } }, account),
    },
  ];
}

/** What CopyObject and UploadPartCopy read with the writer's credential: one principal holds both sides. */
function sourceStatements(source: Grant, options: GrantOptions): readonly ExplainedStatement[] {
  const location = awsLocation(source);
  const { bucketArn, objectsArn } = arnsOf(location);
  const account = conditionsOn(location, options);
  return [
    {
      sid: 'SourceList',
      effect: 'Allow',
      actions: listActions(source),
      resources: [bucketArn],
      condition: merge(insidePrefix(location), account),
    },
    {
      sid: 'SourceObjects',
      effect: 'Allow',
      actions: objectActions(source),
      resources: [objectsArn],
      condition: account,
    },
    ...keyStatements('SourceKey', source),
  ];
}

/**
 * The key is usable only through S3, and only for these objects. With an S3 Bucket Key the encryption context is the
 * bucket's ARN, else the object's (Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys").
 */
function keyStatements(sid: 'Key' | 'SourceKey', grant: Grant): readonly ExplainedStatement[] {
  const { abilities, options: { kmsKeyArn } = {} } = grant;
  if (kmsKeyArn === undefined) return [];
  const location = awsLocation(grant);
  const { bucketArn, objectsArn } = arnsOf(location);
  const suffix = location.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const writes = abilities.includes('write');
  const key: ExplainedStatement = {
    sid,
    effect: 'Allow',
    actions: [
      ...(writes ? [{ action: 'kms:GenerateDataKey', because: 'S3 encrypts each new object with the key' }] : []),
      {
        action: 'kms:Decrypt',
        because: writes ? 'S3 decrypts an upload’s parts to complete it' : 'S3 decrypts each object that is read',
      },
    ],
    resources: [kmsKeyArn],
    condition: {
      StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucketArn, objectsArn] },
      StringEquals: { 'kms:ViaService': [`s3.${location.region}.${suffix}`] },
    },
  };
  return [key];
}

function tlsOnly(grants: readonly Grant[]): ExplainedStatement {
  const bucketArns = new Set(grants.map((grant) => arnsOf(awsLocation(grant)).bucketArn));
  return {
    sid: 'TlsOnly',
    effect: 'Deny',
    actions: [{ action: 's3:*', because: 'nothing travels over plain HTTP, whatever another policy allows' }],
    resources: [...bucketArns].flatMap((bucketArn) => [bucketArn, `${bucketArn}/*`]),
    condition: { Bool: { 'aws:SecureTransport': ['false'] } },
  };
}

function arnsOf({ partition, bucket, prefix }: AwsLocation) {
  const bucketArn = `arn:${partition}:s3:::${bucket}`;
  return { bucketArn, objectsArn: `${bucketArn}/${escapePattern(prefix)}*` };
}

function insidePrefix({ prefix }: AwsLocation): IamConditions {
  return prefix === '' ? {} : { StringLike: { 's3:prefix': [`${escapePattern(prefix)}*`] } };
}

/** On every statement about S3: whose bucket, and from where. */
function conditionsOn({ accountId }: AwsLocation, { sourceIps, vpcEndpoints }: GrantOptions): IamConditions {
  assert(!sourceIps || !vpcEndpoints, 'a request through a VPC endpoint has no public address: only one can be asked');
  return {
    ...(sourceIps && { IpAddress: { 'aws:SourceIp': sourceIps } }),
    StringEquals: { 'aws:ResourceAccount': [accountId], ...(vpcEndpoints && { 'aws:SourceVpce': vpcEndpoints }) },
  };
}

function merge(first: IamConditions, second: IamConditions): IamConditions {
  return { ...first, ...second };
}

/** Abilities that this dialect can say. */
const sayable = new Set<Ability>(['list', 'read', 'write', 'delete', 'multipart', 'tag', 'version']);

/** The location of a grant on AWS; another one, or an ability that no operation needs, is our own mistake. */
export function awsLocation({ location, abilities }: Grant): AwsLocation {
  assert(location.provider === 'aws', 'the IAM dialect speaks of buckets on AWS');
  assert(location.prefix === '' || location.prefix.endsWith('/'), 'the configuration lets no other prefix through');
  assert(
    abilities.every((ability) => sayable.has(ability)),
    'no operation needs another ability',
  );
  return location;
}
