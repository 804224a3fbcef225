import {
  account,
  allow,
  ask,
  bucketArn,
  call,
  deny,
  get,
  list,
  objectsArn,
  put,
  stranger,
  type Statement,
  type TruthGroup,
  when,
} from './truth-row.ts';

const operators = 'AWS IAM User Guide, "IAM JSON policy elements: Condition operators"';
const globals = 'AWS IAM User Guide, "AWS global condition context keys"';
const multivalued = 'AWS IAM User Guide, "Set operators for multivalued context keys"';
const variables = 'AWS IAM User Guide, "IAM policy elements: Variables and tags"';
const s3Keys = 'Amazon S3 User Guide, "Bucket policy examples using condition keys"';

const all = allow('s3:*', [bucketArn, objectsArn]);
const identity = (...statements: readonly Statement[]) => ({ provider: 'aws' as const, identity: statements });
const only = (condition: object) => identity(when(all, condition));
const unless = (condition: object) => identity(all, when(deny('s3:*', [bucketArn, objectsArn]), condition));

const tagged = (context: Readonly<Record<string, string | readonly string[]>>) =>
  ask('s3:GetObject', `${bucketArn}/x`, context);

export const conditions: readonly TruthGroup[] = [
  {
    title: 'Deny where SecureTransport is false',
    source: globals,
    setting: unless({ Bool: { 'aws:SecureTransport': 'false' } }),
    rows: [
      ['over TLS', get('x'), 'allowed'],
      ['over plain HTTP', get('x', { secure: false }), 'explicitly-denied'],
      ['a request that does not say', tagged({}), 'allowed'],
    ],
  },
  {
    title: 'Allow where SecureTransport is true',
    source: globals,
    setting: only({ Bool: { 'aws:SecureTransport': 'true' } }),
    rows: [
      ['over TLS', get('x'), 'allowed'],
      ['over plain HTTP', get('x', { secure: false }), 'implicitly-denied'],
      ['a request that does not say', tagged({}), 'implicitly-denied'],
    ],
  },
  {
    title: 'Deny below TLS 1.2',
    source: s3Keys,
    setting: unless({ NumericLessThan: { 's3:TlsVersion': 1.2 } }),
    rows: [
      ['TLS 1.1', tagged({ 's3:tlsversion': '1.1' }), 'explicitly-denied'],
      ['TLS 1.2', tagged({ 's3:tlsversion': '1.2' }), 'allowed'],
      ['TLS 1.3', tagged({ 's3:tlsversion': '1.3' }), 'allowed'],
      ['no TLS version', tagged({}), 'allowed'],
    ],
  },
  {
    title: 'Allow from an address range',
    source: globals,
    setting: only({ IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8:1234::/48'] } }),
    rows: [
      ['inside', get('x', { sourceIp: '203.0.113.255' }), 'allowed'],
      ['outside', get('x', { sourceIp: '203.0.114.0' }), 'implicitly-denied'],
      ['inside, IPv6', get('x', { sourceIp: '2001:db8:1234::9' }), 'allowed'],
      ['outside, IPv6', get('x', { sourceIp: '2001:db8:1235::9' }), 'implicitly-denied'],
      ['through a VPC endpoint there is no address', tagged({}), 'implicitly-denied'],
    ],
  },
  {
    title: 'Deny but from an address range',
    source: globals,
    setting: unless({ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }),
    rows: [
      ['inside', get('x', { sourceIp: '203.0.113.7' }), 'allowed'],
      ['outside', get('x', { sourceIp: '198.51.100.7' }), 'explicitly-denied'],
      ['through a VPC endpoint there is no address', tagged({}), 'explicitly-denied'],
    ],
  },
  {
    title: 'Deny but through a VPC endpoint',
    source: 'Amazon S3 User Guide, "Controlling access from VPC endpoints with bucket policies"',
    setting: unless({ StringNotEquals: { 'aws:SourceVpce': 'vpce-1a2b3c4d' } }),
    rows: [
      ['through it', tagged({ 'aws:sourcevpce': 'vpce-1a2b3c4d' }), 'allowed'],
      ['through another', tagged({ 'aws:sourcevpce': 'vpce-9' }), 'explicitly-denied'],
      ['from outside', get('x'), 'explicitly-denied'],
    ],
  },
  {
    title: 'only buckets of an account',
    source: globals,
    setting: only({ StringEquals: { 'aws:ResourceAccount': account } }),
    rows: [
      ['its own', get('x'), 'allowed'],
      ['one of that name in another', tagged({ 'aws:resourceaccount': stranger }), 'implicitly-denied'],
      ['one of nobody', tagged({}), 'implicitly-denied'],
    ],
  },
  {
    title: 'the signature',
    source: 'Amazon S3 API Reference, "Amazon S3 Signature Version 4 Authentication Specific Policy Keys"',
    setting: unless({ StringNotEquals: { 's3:authType': 'REST-HEADER' } }),
    rows: [
      ['in a header', get('x'), 'allowed'],
      ['in a presigned URL', get('x', { authType: 'REST-QUERY-STRING' }), 'explicitly-denied'],
      ['in a form', put('x', {}, { authType: 'POST' }), 'explicitly-denied'],
    ],
  },
  {
    title: 'headers of a write',
    source: s3Keys,
    setting: identity(
      allow(['s3:PutObject', 's3:PutObjectAcl'], objectsArn),
      when(deny('s3:PutObject', objectsArn), { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } }),
      when(deny('s3:PutObject', objectsArn), {
        StringEquals: { 's3:x-amz-acl': ['public-read', 'public-read-write'] },
      }),
    ),
    rows: [
      ['encrypted as asked', put('x', { 'x-amz-server-side-encryption': 'aws:kms' }), 'allowed'],
      ['encrypted otherwise', put('x', { 'x-amz-server-side-encryption': 'AES256' }), 'explicitly-denied'],
      ['not encrypted', put('x'), 'explicitly-denied'],
      [
        'with a public ACL',
        put('x', { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-acl': 'public-read' }),
        'explicitly-denied',
      ],
      [
        'with a private ACL',
        put('x', { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-acl': 'private' }),
        'allowed',
      ],
    ],
  },
  {
    title: 'the storage class',
    source: s3Keys,
    setting: only({ StringEquals: { 's3:x-amz-storage-class': 'STANDARD_IA' } }),
    rows: [
      ['as asked', put('x', { 'x-amz-storage-class': 'STANDARD_IA' }), 'allowed'],
      ['another', put('x', { 'x-amz-storage-class': 'GLACIER' }), 'implicitly-denied'],
      ['the default, which no header names', put('x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'tags of a write',
    source: 'Amazon S3 User Guide, "Tagging and access control policies"',
    setting: identity(
      when(allow(['s3:PutObject', 's3:PutObjectTagging'], objectsArn), {
        StringEquals: { 's3:RequestObjectTag/team': 'blue' },
      }),
    ),
    rows: [
      ['the tag', put('x', { 'x-amz-tagging': 'team=blue' }), 'allowed'],
      ['the tag among others', put('x', { 'x-amz-tagging': 'a=b&team=blue' }), 'allowed'],
      ['another value', put('x', { 'x-amz-tagging': 'team=red' }), 'implicitly-denied'],
      ['no tag', put('x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'two keys and two operators must all hold, one of several values is enough',
    source: 'AWS IAM User Guide, "Conditions with multiple context keys or values"',
    setting: only({
      StringEquals: { 's3:prefix': ['a/', 'b/'], 's3:delimiter': '/' },
      NumericLessThan: { 's3:max-keys': 100 },
    }),
    rows: [
      ['all hold', list('b/', { delimiter: '/', maxKeys: 99 }), 'allowed'],
      ['no value matches', list('c/', { delimiter: '/', maxKeys: 99 }), 'implicitly-denied'],
      ['one key does not', list('a/', { delimiter: '|', maxKeys: 99 }), 'implicitly-denied'],
      ['one operator does not', list('a/', { delimiter: '/', maxKeys: 100 }), 'implicitly-denied'],
    ],
  },
  {
    title: 'the user’s own folder',
    source: variables,
    setting: identity(
      when(allow('s3:ListBucket', bucketArn), { StringLike: { 's3:prefix': 'home/${aws:username}/*' } }),
      allow(['s3:GetObject', 's3:PutObject'], `${bucketArn}/home/\${aws:username}/*`),
    ),
    rows: [
      ['reads its own', get('home/ann/x'), 'allowed'],
      ['not another’s', get('home/bob/x'), 'implicitly-denied'],
      ['nor the text itself', get('home/${aws:username}/x'), 'implicitly-denied'],
      ['lists its own', list('home/ann/'), 'allowed'],
      ['not all', list('home/'), 'implicitly-denied'],
      ['writes its own', put('home/ann/y'), 'allowed'],
    ],
  },
  {
    title: 'a session has no aws:username',
    source: variables,
    setting: { ...identity(allow('s3:GetObject', `${bucketArn}/home/\${aws:username}/*`)), caller: 'session' },
    rows: [
      ['so nothing matches', get('home/ann/x'), 'implicitly-denied'],
      ['not even nothing', get('home//x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a default value',
    source: variables,
    setting: { ...identity(allow('s3:GetObject', `${bucketArn}/\${aws:username, 'shared'}/*`)), caller: 'session' },
    rows: [
      ['stands where the key does not', get('shared/x'), 'allowed'],
      ['and nothing else does', get('ann/x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'special characters',
    source: variables,
    setting: identity(allow('s3:GetObject', `${bucketArn}/a\${*}b\${?}c\${$}/*`)),
    rows: [
      ['stand for themselves', get('a*b?c$/x'), 'allowed'],
      ['and for nothing else', get('aXb?c$/x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'tags of the principal',
    source: variables,
    setting: only({ StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }),
    rows: [
      ['equal', tagged({ 'aws:resourcetag/team': 'blue', 'aws:principaltag/team': 'blue' }), 'allowed'],
      ['different', tagged({ 'aws:resourcetag/team': 'red', 'aws:principaltag/team': 'blue' }), 'implicitly-denied'],
      [
        'a star is no wildcard',
        tagged({ 'aws:resourcetag/team': 'x', 'aws:principaltag/team': '*' }),
        'implicitly-denied',
      ],
      ['untagged principal', tagged({ 'aws:resourcetag/team': 'blue' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'strings',
    source: operators,
    setting: only({ StringEquals: { 'aws:UserAgent': 'Sluice/1' } }),
    rows: [
      ['equal', tagged({ 'aws:useragent': 'Sluice/1' }), 'allowed'],
      ['in another case', tagged({ 'aws:useragent': 'sluice/1' }), 'implicitly-denied'],
      ['absent', tagged({}), 'implicitly-denied'],
    ],
  },
  {
    title: 'strings whatever the case',
    source: operators,
    setting: only({ StringEqualsIgnoreCase: { 'aws:UserAgent': 'Sluice/1' } }),
    rows: [
      ['in another case', tagged({ 'aws:useragent': 'SLUICE/1' }), 'allowed'],
      ['another', tagged({ 'aws:useragent': 'sluice/2' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'not equal',
    source: operators,
    setting: only({ StringNotEquals: { 'aws:UserAgent': ['a', 'b'] } }),
    rows: [
      ['the first', tagged({ 'aws:useragent': 'a' }), 'implicitly-denied'],
      ['the second', tagged({ 'aws:useragent': 'b' }), 'implicitly-denied'],
      ['neither', tagged({ 'aws:useragent': 'c' }), 'allowed'],
      ['absent', tagged({}), 'allowed'],
    ],
  },
  {
    title: 'not like',
    source: operators,
    setting: only({ StringNotLike: { 's3:prefix': 'secret/*' } }),
    rows: [
      ['another prefix', list('open/'), 'allowed'],
      ['the prefix', list('secret/x'), 'implicitly-denied'],
      ['no prefix', list(), 'allowed'],
    ],
  },
  {
    title: 'numbers',
    source: operators,
    setting: only({ NumericEquals: { 's3:max-keys': '10' } }),
    rows: [
      ['equal', list('', { maxKeys: 10 }), 'allowed'],
      ['equal, written otherwise', ask('s3:ListBucket', bucketArn, { 's3:max-keys': '10.0' }), 'allowed'],
      ['not', list('', { maxKeys: 9 }), 'implicitly-denied'],
      ['no number', ask('s3:ListBucket', bucketArn, { 's3:max-keys': 'ten' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'from and to',
    source: operators,
    setting: only({ NumericGreaterThanEquals: { 's3:max-keys': 2 }, NumericLessThanEquals: { 's3:max-keys': 4 } }),
    rows: [
      ['below', list('', { maxKeys: 1 }), 'implicitly-denied'],
      ['the least', list('', { maxKeys: 2 }), 'allowed'],
      ['the most', list('', { maxKeys: 4 }), 'allowed'],
      ['above', list('', { maxKeys: 5 }), 'implicitly-denied'],
    ],
  },
  {
    title: 'dates',
    source: operators,
    setting: only({
      DateGreaterThan: { 'aws:CurrentTime': '2026-11-01T00:00:00Z' },
      DateLessThan: { 'aws:CurrentTime': '2026-12-01T00:00:00Z' },
    }),
    rows: [
      ['between', tagged({ 'aws:currenttime': '2026-11-22T10:00:00Z' }), 'allowed'],
      ['before', tagged({ 'aws:currenttime': '2026-10-31T23:59:59Z' }), 'implicitly-denied'],
      ['at the end', tagged({ 'aws:currenttime': '2026-12-01T00:00:00Z' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'seconds since 1970',
    source: operators,
    setting: only({ DateGreaterThanEquals: { 'aws:EpochTime': '1764547200' } }),
    rows: [
      ['at', tagged({ 'aws:epochtime': '1764547200' }), 'allowed'],
      ['before', tagged({ 'aws:epochtime': '1764547199' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'bytes',
    source: operators,
    setting: only({ BinaryEquals: { 'aws:PrincipalTag/key': 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' } }),
    rows: [
      ['equal', tagged({ 'aws:principaltag/key': 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' }), 'allowed'],
      ['not', tagged({ 'aws:principaltag/key': 'QmluYXJ5' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'ARNs part by part',
    source: operators,
    setting: only({ ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${account}:user/sluice/*` } }),
    rows: [
      ['a user under the path', get('x'), 'allowed'],
      ['another path', tagged({ 'aws:principalarn': `arn:aws:iam::${account}:user/other/a` }), 'implicitly-denied'],
      [
        'another account',
        tagged({ 'aws:principalarn': `arn:aws:iam::${stranger}:user/sluice/a` }),
        'implicitly-denied',
      ],
    ],
  },
  {
    title: 'a star does not cross a colon',
    source: operators,
    setting: only({ ArnEquals: { 'aws:SourceArn': 'arn:aws:*:topic:x:y' } }),
    rows: [
      ['six parts', tagged({ 'aws:sourcearn': 'arn:aws:sns:topic:x:y' }), 'allowed'],
      ['a part more', tagged({ 'aws:sourcearn': 'arn:aws:sns:eu-west-1:topic:x:y' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'ARNs that differ',
    source: operators,
    setting: unless({ ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${account}:user/sluice/ann` } }),
    rows: [
      ['the one', get('x'), 'allowed'],
      ['another', tagged({ 'aws:principalarn': `arn:aws:iam::${account}:user/bob` }), 'explicitly-denied'],
    ],
  },
  {
    title: 'a key that must be absent',
    source: operators,
    setting: only({ Null: { 'aws:TokenIssueTime': 'true' } }),
    rows: [
      ['absent', tagged({}), 'allowed'],
      ['present', tagged({ 'aws:tokenissuetime': '2026-11-22T00:00:00Z' }), 'implicitly-denied'],
    ],
  },
  {
    title: 'a key that must be present, though empty',
    source: operators,
    setting: only({ Null: { 's3:prefix': 'false' } }),
    rows: [
      ['empty', list(''), 'allowed'],
      ['absent', list(), 'implicitly-denied'],
      ['HeadBucket sends none', call('HeadBucket'), 'implicitly-denied'],
    ],
  },
  {
    title: 'BoolIfExists',
    source: operators,
    setting: unless({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }),
    rows: [
      ['with MFA', tagged({ 'aws:multifactorauthpresent': 'true' }), 'allowed'],
      ['without', tagged({ 'aws:multifactorauthpresent': 'false' }), 'explicitly-denied'],
      ['an access key, of which nothing is said', get('x'), 'explicitly-denied'],
    ],
  },
  {
    title: 'for all values',
    source: multivalued,
    setting: only({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stage'] } }),
    rows: [
      ['all known', tagged({ 'aws:tagkeys': ['team', 'stage'] }), 'allowed'],
      ['one unknown', tagged({ 'aws:tagkeys': ['team', 'owner'] }), 'implicitly-denied'],
      ['none at all', tagged({}), 'allowed'],
    ],
  },
  {
    title: 'for any value',
    source: multivalued,
    setting: only({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['team'] } }),
    rows: [
      ['one of them', tagged({ 'aws:tagkeys': ['owner', 'team'] }), 'allowed'],
      ['none of them', tagged({ 'aws:tagkeys': ['owner'] }), 'implicitly-denied'],
      ['none at all', tagged({}), 'implicitly-denied'],
    ],
  },
];
