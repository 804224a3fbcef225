import {
  account,
  allow,
  bucketArn,
  call,
  deny,
  get,
  list,
  objectsArn,
  onObject,
  put,
  type TruthGroup,
  when,
} from './truth-row.ts';

const conditionKeys = 'Amazon S3 User Guide, "Bucket policy examples using condition keys"';
const operators = 'AWS IAM User Guide, "IAM JSON policy elements: Condition operators"';
const multivalued = 'AWS IAM User Guide, "Set operators for multivalued context keys"';
const resources = 'Amazon S3 User Guide, "Policy resources for Amazon S3"';
const conditional = 'Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets"';

const listWhen = (condition: object) => ({
  provider: 'aws' as const,
  identity: [when(allow('s3:ListBucket', bucketArn), condition)],
});
const under = { StringLike: { 's3:prefix': ['a/*'] } };
const own = { StringEquals: { 'aws:ResourceAccount': account } };
const inside = `${bucketArn}/backups/prod/*`;

/** A destination's policy: what a copy writes under a prefix. */
const destination = [
  when(allow('s3:ListBucket', bucketArn), { StringLike: { 's3:prefix': 'backups/prod/*' }, ...own }),
  when(allow('s3:ListBucketMultipartUploads', bucketArn), own),
  allow(['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], inside),
  when(deny('s3:*', [bucketArn, objectsArn]), { Bool: { 'aws:SecureTransport': false } }),
];
/** The same, unable to overwrite. */
const appendOnly = [
  ...destination.slice(0, 2),
  allow(['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], inside),
  when(allow('s3:PutObject', inside), { Null: { 's3:if-none-match': false } }),
  when(allow('s3:PutObject', inside), { Bool: { 's3:ObjectCreationOperation': false } }),
  destination[3] ?? deny('s3:*'),
];

export const prefixes: readonly TruthGroup[] = [
  {
    title: 'StringLike s3:prefix a/*',
    source: conditionKeys,
    setting: listWhen(under),
    rows: [
      ['the prefix itself', list('a/'), 'allowed'],
      ['deeper', list('a/b/c'), 'allowed'],
      ['with a delimiter, as rclone lists', list('a/b/', { delimiter: '/' }), 'allowed'],
      ['without its slash', list('a'), 'implicitly-denied'],
      ['empty', list(''), 'implicitly-denied'],
      ['no prefix parameter', list(), 'implicitly-denied'],
      ['empty with a delimiter, as `aws s3 ls` lists', list('', { delimiter: '/' }), 'implicitly-denied'],
      ['a sibling', list('ab/'), 'implicitly-denied'],
      ['another case', list('A/'), 'implicitly-denied'],
      ['HeadBucket, which sends no prefix', call('HeadBucket'), 'implicitly-denied'],
      ['ListObjects, version 1', call('ListObjects', { prefix: 'a/' }), 'allowed'],
      ['versions are another action', call('ListObjectVersions', { prefix: 'a/' }), 'implicitly-denied'],
      ['another bucket', list('a/', { bucket: 'media-prod-2' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'StringEquals s3:prefix "" or a/',
    source: conditionKeys,
    setting: listWhen({ StringEquals: { 's3:prefix': ['', 'a/'] } }),
    rows: [
      ['empty with a delimiter, as `aws s3 ls` lists', list('', { delimiter: '/' }), 'allowed'],
      ['no prefix parameter, as libs3 lists', list(), 'implicitly-denied'],
      ['the prefix', list('a/'), 'allowed'],
      ['deeper', list('a/b'), 'implicitly-denied'],
    ],
  },
  {
    title: 'StringEqualsIfExists s3:prefix opens the bucket',
    source: operators,
    setting: listWhen({ StringEqualsIfExists: { 's3:prefix': ['a/'] } }),
    rows: [
      ['no prefix parameter', list(), 'allowed'],
      ['HeadBucket', call('HeadBucket'), 'allowed'],
      ['another prefix', list('b/'), 'implicitly-denied'],
      ['empty', list(''), 'implicitly-denied'],
    ],
  },
  {
    title: 'ForAllValues:StringLike s3:prefix opens the bucket',
    source: multivalued,
    setting: listWhen({ 'ForAllValues:StringLike': { 's3:prefix': ['a/*'] } }),
    rows: [
      ['no prefix parameter', list(), 'allowed'],
      ['inside', list('a/b'), 'allowed'],
      ['another prefix', list('b/'), 'implicitly-denied'],
    ],
  },
  {
    title: 'ForAnyValue:StringLike s3:prefix',
    source: multivalued,
    setting: listWhen({ 'ForAnyValue:StringLike': { 's3:prefix': ['a/*'] } }),
    rows: [
      ['no prefix parameter', list(), 'implicitly-denied'],
      ['inside', list('a/b'), 'allowed'],
    ],
  },
  {
    title: 'Null with StringLike closes what IfExists opens',
    source: operators,
    setting: listWhen({ StringLikeIfExists: { 's3:prefix': 'a/*' }, Null: { 's3:prefix': 'false' } }),
    rows: [
      ['no prefix parameter', list(), 'implicitly-denied'],
      ['inside', list('a/b'), 'allowed'],
    ],
  },
  {
    title: 's3:prefix on ListBucketMultipartUploads',
    source: 'AWS Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"',
    setting: { provider: 'aws', identity: [when(allow('s3:ListBucketMultipartUploads', bucketArn), under)] },
    rows: [
      ['never matches, even inside', call('ListMultipartUploads', { prefix: 'a/' }), 'implicitly-denied'],
      ['nor without prefix', call('ListMultipartUploads'), 'implicitly-denied'],
    ],
  },
  {
    title: 'limits of a listing',
    source: conditionKeys,
    setting: listWhen({ NumericLessThanEquals: { 's3:max-keys': '10' }, StringEquals: { 's3:delimiter': '/' } }),
    rows: [
      ['within', list('a/', { maxKeys: 10, delimiter: '/' }), 'allowed'],
      ['too many keys', list('a/', { maxKeys: 11, delimiter: '/' }), 'implicitly-denied'],
      ['no max-keys', list('a/', { delimiter: '/' }), 'implicitly-denied'],
      ['another delimiter', list('a/', { maxKeys: 1, delimiter: '|' }), 'implicitly-denied'],
      ['no delimiter', list('a/', { maxKeys: 1 }), 'implicitly-denied'],
    ],
  },
  {
    title: 'an ARN without a slash at its end',
    source: resources,
    setting: { provider: 'aws', identity: [allow('s3:GetObject', `${bucketArn}/prod*`)] },
    rows: [
      ['reaches what was meant', get('prod/x'), 'allowed'],
      ['and a neighbour', get('production-secrets/x'), 'allowed'],
      ['not the rest', get('test/x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'an ARN with a slash at its end',
    source: resources,
    setting: { provider: 'aws', identity: [allow('s3:GetObject', `${bucketArn}/prod/*`)] },
    rows: [
      ['reaches the prefix', get('prod/x'), 'allowed'],
      ['and what lies deeper', get('prod/a/b/c'), 'allowed'],
      ['not its neighbour', get('production-secrets/x'), 'implicitly-denied'],
      ['nor the bare name', get('prod'), 'implicitly-denied'],
      ['nor another case', get('Prod/x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a star in a bucket’s name',
    source: resources,
    setting: { provider: 'aws', identity: [allow(['s3:ListBucket', 's3:GetObject'], `${bucketArn}*`)] },
    rows: [
      ['matches another bucket', list('', { bucket: 'media-production' }), 'allowed'],
      ['and the objects of either', get('x', { bucket: 'media-production' }), 'allowed'],
      ['and its own', list(''), 'allowed'],
      ['not one that begins otherwise', list('', { bucket: 'media' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'a bucket’s ARN',
    source: resources,
    setting: { provider: 'aws', identity: [allow('s3:*', bucketArn)] },
    rows: [
      ['is no object', get('x'), 'implicitly-denied'],
      ['nor is writing one', put('x'), 'implicitly-denied'],
      ['is what listings ask about', list(), 'allowed'],
      ['is what its policy belongs to', call('GetBucketPolicy'), 'allowed'],
      ['is not every bucket', call('ListBuckets'), 'implicitly-denied'],
    ],
  },
  {
    title: 'an objects’ ARN',
    source: resources,
    setting: { provider: 'aws', identity: [allow('s3:*', objectsArn)] },
    rows: [
      ['is no bucket', list(), 'implicitly-denied'],
      ['is no bucket for HeadBucket either', call('HeadBucket'), 'implicitly-denied'],
      ['nor for deleting it', call('DeleteBucket'), 'implicitly-denied'],
      ['is what reads ask about', get('a/b/c'), 'allowed'],
      ['keys may hold anything', get('a b/ü/*?'), 'allowed'],
    ],
  },
  {
    title: 'one character each',
    source: resources,
    setting: { provider: 'aws', identity: [allow('s3:GetObject', `${bucketArn}/2026-??/x`)] },
    rows: [
      ['two characters', get('2026-11/x'), 'allowed'],
      ['one', get('2026-1/x'), 'implicitly-denied'],
      ['three', get('2026-111/x'), 'implicitly-denied'],
      ['a slash is a character', get('2026-//x'), 'implicitly-denied'],
      ['two slashes are two', get('2026-///x'), 'allowed'],
    ],
  },
  {
    title: 'the destination of a copy',
    source: conditionKeys,
    setting: { provider: 'aws', identity: destination },
    rows: [
      ['list in the prefix', list('backups/prod/'), 'allowed'],
      ['list deeper', list('backups/prod/2026/'), 'allowed'],
      ['list without prefix', list(), 'implicitly-denied'],
      ['list with an empty one', list(''), 'implicitly-denied'],
      ['list above', list('backups/'), 'implicitly-denied'],
      ['put', put('backups/prod/x'), 'allowed'],
      ['put that must not overwrite', put('backups/prod/x', { 'if-none-match': '*' }), 'allowed'],
      ['put to a sibling', put('backups/prod-secrets/x'), 'implicitly-denied'],
      ['put above', put('backups/x'), 'implicitly-denied'],
      ['put into another bucket', put('backups/prod/x', {}, { bucket: 'archive' }), 'implicitly-denied'],
      ['begin an upload', onObject('CreateMultipartUpload', 'backups/prod/x'), 'allowed'],
      ['upload a part', onObject('UploadPart', 'backups/prod/x'), 'allowed'],
      ['complete it', onObject('CompleteMultipartUpload', 'backups/prod/x'), 'allowed'],
      ['abort it', onObject('AbortMultipartUpload', 'backups/prod/x'), 'allowed'],
      ['list its parts', onObject('ListParts', 'backups/prod/x'), 'allowed'],
      ['abort a sibling’s', onObject('AbortMultipartUpload', 'backups/prod-x/x'), 'implicitly-denied'],
      ['list uploads of the whole bucket', call('ListMultipartUploads'), 'allowed'],
      ['read back', get('backups/prod/x'), 'implicitly-denied'],
      ['HEAD after an upload, as rclone does', onObject('HeadObject', 'backups/prod/x'), 'implicitly-denied'],
      ['delete', onObject('DeleteObject', 'backups/prod/x'), 'implicitly-denied'],
      ['delete a version', onObject('DeleteObject', 'backups/prod/x', { versionId: 'v' }), 'implicitly-denied'],
      ['change an ACL', onObject('PutObjectAcl', 'backups/prod/x'), 'implicitly-denied'],
      ['put with an ACL', put('backups/prod/x', { 'x-amz-acl': 'private' }), 'implicitly-denied'],
      ['put with tags', put('backups/prod/x', { 'x-amz-tagging': 'a=b' }), 'implicitly-denied'],
      ['change the bucket’s policy', call('PutBucketPolicy'), 'implicitly-denied'],
      ['list buckets', call('ListBuckets'), 'implicitly-denied'],
      ['make a bucket', call('CreateBucket', { bucket: 'new' }), 'implicitly-denied'],
      ['put over plain HTTP', put('backups/prod/x', {}, { secure: false }), 'explicitly-denied'],
      ['list over plain HTTP', list('backups/prod/', { secure: false }), 'explicitly-denied'],
    ],
  },
  {
    title: 'a destination that cannot overwrite',
    source: conditional,
    setting: { provider: 'aws', identity: appendOnly },
    rows: [
      ['put that must not overwrite', put('backups/prod/x', { 'if-none-match': '*' }), 'allowed'],
      ['put without it', put('backups/prod/x'), 'implicitly-denied'],
      ['begin an upload, which creates nothing yet', onObject('CreateMultipartUpload', 'backups/prod/x'), 'allowed'],
      ['upload a part', onObject('UploadPart', 'backups/prod/x'), 'allowed'],
      [
        'complete it without overwriting',
        onObject('CompleteMultipartUpload', 'backups/prod/x', { headers: { 'if-none-match': '*' } }),
        'allowed',
      ],
      ['complete it whatever is there', onObject('CompleteMultipartUpload', 'backups/prod/x'), 'implicitly-denied'],
      ['put elsewhere', put('backups/x', { 'if-none-match': '*' }), 'implicitly-denied'],
      ['delete', onObject('DeleteObject', 'backups/prod/x'), 'implicitly-denied'],
      [
        'CopyObject, which cannot carry the header',
        onObject('CopyObject', 'backups/prod/x', { copySource: { bucket: 'media-prod', key: 'backups/prod/y' } }),
        'implicitly-denied',
      ],
    ],
  },
];
