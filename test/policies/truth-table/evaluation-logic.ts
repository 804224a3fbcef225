import {
  account,
  allow,
  ask,
  bucketArn,
  by,
  call,
  deny,
  get,
  list,
  objectsArn,
  onObject,
  put,
  roleArn,
  sessionArn,
  stranger,
  strangerArn,
  type TruthGroup,
  userArn,
  when,
} from './truth-row.ts';

const logic = 'AWS IAM User Guide, "Policy evaluation logic"';
const boundaries = 'AWS IAM User Guide, "Permissions boundaries for IAM entities"';
const sessions = 'AWS IAM User Guide, "Policies and permissions in AWS IAM: Session policies"';
const crossAccount = 'AWS IAM User Guide, "Cross-account policy evaluation logic"';
const principals = 'AWS IAM User Guide, "AWS JSON policy elements: Principal"';
const notPrincipals = 'AWS IAM User Guide, "AWS JSON policy elements: NotPrincipal"';
const roles = 'AWS IAM User Guide, "IAM roles: Trust policies"';
const keys = 'AWS KMS Developer Guide, "Key policies in AWS KMS"';

const read = allow('s3:GetObject', objectsArn);
const readBy = (principal: unknown) => by(read, principal);
const root = `arn:aws:iam::${account}:root`;
const strangersRoot = `arn:aws:iam::${stranger}:root`;
const keyArn = `arn:aws:kms:eu-west-1:${account}:key/k`;
const decrypt = allow('kms:Decrypt', keyArn);
const assume = (principal: unknown) => ({ Effect: 'Allow' as const, Principal: principal, Action: 'sts:AssumeRole' });
const assumeRole = ask('sts:AssumeRole', roleArn);

export const evaluationLogic: readonly TruthGroup[] = [
  {
    title: 'nothing is allowed until something allows it',
    source: logic,
    setting: { provider: 'aws', identity: [read] },
    rows: [
      ['what is allowed', get('x'), 'allowed'],
      ['another action', put('x'), 'implicitly-denied'],
      ['another bucket', get('x', { bucket: 'archive' }), 'implicitly-denied'],
      ['the bucket', list(), 'implicitly-denied'],
    ],
  },
  {
    title: 'an explicit deny beats every allow',
    source: logic,
    setting: { provider: 'aws', identity: [allow('*'), deny('s3:Delete*'), allow('s3:DeleteObject', objectsArn)] },
    rows: [
      ['what is denied', onObject('DeleteObject', 'x'), 'explicitly-denied'],
      ['what is not', get('x'), 'allowed'],
      ['a bucket is denied too', call('DeleteBucket'), 'explicitly-denied'],
    ],
  },
  {
    title: 'NotAction and NotResource',
    source: 'AWS IAM User Guide, "IAM JSON policy elements: NotAction" and "NotResource"',
    setting: {
      provider: 'aws',
      identity: [
        { Effect: 'Allow', NotAction: 's3:Delete*', Resource: '*' },
        { Effect: 'Deny', Action: 's3:*', NotResource: [bucketArn, objectsArn] },
      ],
    },
    rows: [
      ['an action that is not named', get('x'), 'allowed'],
      ['one that is', onObject('DeleteObject', 'x'), 'implicitly-denied'],
      ['a resource that is not named', get('x', { bucket: 'archive' }), 'explicitly-denied'],
      ['the account’s buckets are not named', call('ListBuckets'), 'explicitly-denied'],
    ],
  },
  {
    title: 'actions are compared without regard to case',
    source: 'AWS IAM User Guide, "IAM JSON policy elements: Action"',
    setting: { provider: 'aws', identity: [allow('S3:getobject', objectsArn)] },
    rows: [
      ['the action', get('x'), 'allowed'],
      ['another', put('x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a boundary limits',
    source: boundaries,
    setting: { provider: 'aws', identity: [allow('s3:*')], boundary: [read, allow('iam:*')] },
    rows: [
      ['what both allow', get('x'), 'allowed'],
      ['what only the identity allows', put('x'), 'implicitly-denied'],
      ['what only the boundary allows', ask('iam:ListUsers', '*'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a boundary that denies',
    source: boundaries,
    setting: { provider: 'aws', identity: [allow('*')], boundary: [allow('*'), deny('s3:PutObject')] },
    rows: [
      ['denies', put('x'), 'explicitly-denied'],
      ['and leaves the rest', get('x'), 'allowed'],
    ],
  },
  {
    title: 'a bucket policy that names the user is not limited by its boundary',
    source: boundaries,
    setting: { provider: 'aws', boundary: [allow('iam:*')], resource: [readBy({ AWS: userArn })] },
    rows: [
      ['what it allows', get('x'), 'allowed'],
      ['what it does not', put('x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a boundary that denies limits that too',
    source: boundaries,
    setting: { provider: 'aws', boundary: [deny('s3:*')], resource: [readBy({ AWS: userArn })] },
    rows: [['denied', get('x'), 'explicitly-denied']],
  },
  {
    title: 'a bucket policy that names the role is limited by its boundary',
    source: boundaries,
    setting: {
      provider: 'aws',
      caller: 'session',
      boundary: [allow('iam:*')],
      resource: [readBy({ AWS: roleArn })],
    },
    rows: [['implicitly', get('x'), 'implicitly-denied']],
  },
  {
    title: 'a bucket policy that names the role needs no identity policy',
    source: logic,
    setting: { provider: 'aws', caller: 'session', resource: [readBy({ AWS: roleArn })] },
    rows: [
      ['allowed', get('x'), 'allowed'],
      ['just that', put('x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a bucket policy that names the role is limited by the session policy',
    source: sessions,
    setting: {
      provider: 'aws',
      caller: 'session',
      session: [allow('s3:GetObject', `${bucketArn}/a/*`)],
      resource: [readBy({ AWS: roleArn })],
    },
    rows: [
      ['inside', get('a/x'), 'allowed'],
      ['outside', get('b/x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a bucket policy that names the session is not limited by boundary or session policy',
    source: sessions,
    setting: {
      provider: 'aws',
      caller: 'session',
      boundary: [allow('iam:*')],
      session: [allow('s3:GetObject', `${bucketArn}/a/*`)],
      resource: [readBy({ AWS: sessionArn })],
    },
    rows: [
      ['inside', get('a/x'), 'allowed'],
      ['outside', get('b/x'), 'allowed'],
      ['another action', put('a/x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a session policy that denies limits that too',
    source: sessions,
    setting: {
      provider: 'aws',
      caller: 'session',
      session: [allow('s3:*'), deny('s3:GetObject', `${bucketArn}/b/*`)],
      resource: [readBy({ AWS: sessionArn })],
    },
    rows: [
      ['not denied', get('a/x'), 'allowed'],
      ['denied', get('b/x'), 'explicitly-denied'],
    ],
  },
  {
    title: 'a session policy limits the role',
    source: sessions,
    setting: {
      provider: 'aws',
      caller: 'session',
      identity: [allow('s3:*', objectsArn)],
      session: [allow(['s3:GetObject', 's3:ListBucket'])],
    },
    rows: [
      ['what both allow', get('x'), 'allowed'],
      ['what only the role may', put('x'), 'implicitly-denied'],
      ['what only the session policy allows', list(), 'implicitly-denied'],
    ],
  },
  {
    title: 'all three at once',
    source: sessions,
    setting: {
      provider: 'aws',
      caller: 'session',
      identity: [allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'])],
      boundary: [allow(['s3:GetObject', 's3:PutObject'])],
      session: [allow(['s3:GetObject', 's3:DeleteObject'])],
    },
    rows: [
      ['what all allow', get('x'), 'allowed'],
      ['not the session policy', put('x'), 'implicitly-denied'],
      ['not the boundary', onObject('DeleteObject', 'x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'identity or bucket policy: one of them is enough in one account',
    source: logic,
    setting: {
      provider: 'aws',
      identity: [read],
      resource: [by(allow('s3:PutObject', objectsArn), { AWS: userArn })],
    },
    rows: [
      ['by the identity policy', get('x'), 'allowed'],
      ['by the bucket policy', put('x'), 'allowed'],
      ['by neither', onObject('DeleteObject', 'x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'a bucket policy that denies everyone plain HTTP',
    source: 'Amazon S3 User Guide, "Security best practices for Amazon S3"',
    setting: {
      provider: 'aws',
      identity: [allow('s3:*')],
      resource: [by(when(deny('s3:*', [bucketArn, objectsArn]), { Bool: { 'aws:SecureTransport': 'false' } }), '*')],
    },
    rows: [
      ['over TLS', get('x'), 'allowed'],
      ['over plain HTTP', get('x', { secure: false }), 'explicitly-denied'],
      ['listing over plain HTTP', list('', { secure: false }), 'explicitly-denied'],
    ],
  },
  {
    title: 'a bucket policy that denies another user',
    source: principals,
    setting: {
      provider: 'aws',
      identity: [read],
      resource: [by(deny('s3:*', [bucketArn, objectsArn]), { AWS: `arn:aws:iam::${account}:user/bob` })],
    },
    rows: [['leaves this one alone', get('x'), 'allowed']],
  },
  {
    title: 'a bucket policy that denies the role denies its sessions',
    source: principals,
    setting: {
      provider: 'aws',
      caller: 'session',
      identity: [read],
      resource: [by(deny('s3:*', [bucketArn, objectsArn]), { AWS: roleArn })],
    },
    rows: [['denied', get('x'), 'explicitly-denied']],
  },
  {
    title: 'a bucket policy that denies the account denies its users',
    source: principals,
    setting: {
      provider: 'aws',
      identity: [read],
      resource: [by(deny('s3:GetObject', objectsArn), { AWS: account })],
    },
    rows: [['denied', get('x'), 'explicitly-denied']],
  },
  {
    title: 'naming the account leaves it to the account',
    source: principals,
    setting: { provider: 'aws', resource: [readBy({ AWS: root })] },
    rows: [['a user without an identity policy', get('x'), 'implicitly-denied']],
  },
  {
    title: 'everyone includes the account’s users',
    source: principals,
    setting: { provider: 'aws', resource: [readBy('*')] },
    rows: [
      ['what it allows', get('x'), 'allowed'],
      ['what it does not', list(), 'implicitly-denied'],
    ],
  },
  {
    title: 'everyone whose ARN is the role’s: no boundary limits it',
    source: principals,
    setting: {
      provider: 'aws',
      boundary: [allow('iam:*')],
      resource: [when(readBy({ AWS: '*' }), { ArnEquals: { 'aws:PrincipalArn': userArn } })],
    },
    rows: [['allowed', get('x'), 'allowed']],
  },
  {
    title: 'another account needs both sides: both',
    source: crossAccount,
    setting: { provider: 'aws', caller: 'stranger', identity: [read], resource: [readBy({ AWS: strangerArn })] },
    rows: [
      ['what both allow', get('x'), 'allowed'],
      ['what neither does', put('x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'another account needs both sides: only its own',
    source: crossAccount,
    setting: { provider: 'aws', caller: 'stranger', identity: [allow('s3:*')] },
    rows: [
      ['reading', get('x'), 'implicitly-denied'],
      ['listing', list(), 'implicitly-denied'],
    ],
  },
  {
    title: 'another account needs both sides: only the bucket’s',
    source: crossAccount,
    setting: { provider: 'aws', caller: 'stranger', resource: [readBy({ AWS: strangerArn })] },
    rows: [['reading', get('x'), 'implicitly-denied']],
  },
  {
    title: 'another account by its number',
    source: crossAccount,
    setting: { provider: 'aws', caller: 'stranger', identity: [read], resource: [readBy({ AWS: stranger })] },
    rows: [['reading', get('x'), 'allowed']],
  },
  {
    title: 'another account by its root',
    source: crossAccount,
    setting: { provider: 'aws', caller: 'stranger', identity: [read], resource: [readBy({ AWS: strangersRoot })] },
    rows: [['reading', get('x'), 'allowed']],
  },
  {
    title: 'another account’s user is not this account’s',
    source: crossAccount,
    setting: { provider: 'aws', caller: 'stranger', identity: [read], resource: [readBy({ AWS: root })] },
    rows: [['reading', get('x'), 'implicitly-denied']],
  },
  {
    title: 'everyone, from another account: its own side still decides',
    source: crossAccount,
    setting: { provider: 'aws', caller: 'stranger', resource: [readBy('*')] },
    rows: [['reading', get('x'), 'implicitly-denied']],
  },
  {
    title: 'another account’s boundary',
    source: crossAccount,
    setting: {
      provider: 'aws',
      caller: 'stranger',
      identity: [read],
      boundary: [allow('iam:*')],
      resource: [readBy({ AWS: strangerArn })],
    },
    rows: [['limits it, though the bucket’s policy names the user', get('x'), 'implicitly-denied']],
  },
  {
    title: 'the bucket’s own account may be denied by its policy',
    source: crossAccount,
    setting: {
      provider: 'aws',
      identity: [allow('s3:*')],
      resource: [
        by(when(deny('s3:*', [bucketArn, objectsArn]), { StringNotEquals: { 'aws:PrincipalAccount': stranger } }), '*'),
      ],
    },
    rows: [
      ['its user', get('x'), 'explicitly-denied'],
      ['listing', list(), 'explicitly-denied'],
    ],
  },
  {
    title: 'anonymous',
    source: principals,
    setting: { provider: 'aws', caller: 'anonymous', resource: [readBy('*')] },
    rows: [
      ['what everyone may', get('x'), 'allowed'],
      ['nothing else', put('x'), 'implicitly-denied'],
      ['no listing', list(), 'implicitly-denied'],
    ],
  },
  {
    title: 'anonymous, written as AWS: *',
    source: principals,
    setting: { provider: 'aws', caller: 'anonymous', resource: [readBy({ AWS: '*' })] },
    rows: [['what everyone may', get('x'), 'allowed']],
  },
  {
    title: 'anonymous is nobody by name',
    source: principals,
    setting: { provider: 'aws', caller: 'anonymous', resource: [readBy({ AWS: [account, userArn] })] },
    rows: [['refused', get('x'), 'implicitly-denied']],
  },
  {
    title: 'anonymous without a bucket policy',
    source: logic,
    setting: { provider: 'aws', caller: 'anonymous' },
    rows: [
      ['reading', get('x'), 'implicitly-denied'],
      ['listing buckets', call('ListBuckets'), 'implicitly-denied'],
    ],
  },
  {
    title: 'everyone over TLS, anonymous',
    source: principals,
    setting: {
      provider: 'aws',
      caller: 'anonymous',
      resource: [readBy('*'), by(when(deny('s3:*', objectsArn), { Bool: { 'aws:SecureTransport': 'false' } }), '*')],
    },
    rows: [
      ['over TLS', get('x'), 'allowed'],
      ['over plain HTTP', get('x', { secure: false }), 'explicitly-denied'],
    ],
  },
  {
    title: 'NotPrincipal denies all but the user, of whom every level is named',
    source: notPrincipals,
    setting: {
      provider: 'aws',
      identity: [read],
      resource: [{ ...deny('s3:*', objectsArn), NotPrincipal: { AWS: [userArn, root] } }],
    },
    rows: [['the user', get('x'), 'allowed']],
  },
  {
    title: 'NotPrincipal that forgets the account denies the user',
    source: notPrincipals,
    setting: {
      provider: 'aws',
      identity: [read],
      resource: [{ ...deny('s3:*', objectsArn), NotPrincipal: { AWS: userArn } }],
    },
    rows: [['denied', get('x'), 'explicitly-denied']],
  },
  {
    title: 'NotPrincipal denies who is not named',
    source: notPrincipals,
    setting: {
      provider: 'aws',
      caller: 'anonymous',
      resource: [readBy('*'), { ...deny('s3:*', objectsArn), NotPrincipal: { AWS: [userArn, root] } }],
    },
    rows: [['anonymous', get('x'), 'explicitly-denied']],
  },
  {
    title: 'NotPrincipal spares a session whose ARN, role and account are named',
    source: notPrincipals,
    setting: {
      provider: 'aws',
      caller: 'session',
      identity: [read],
      resource: [{ ...deny('s3:*', objectsArn), NotPrincipal: { AWS: [sessionArn, roleArn, root] } }],
    },
    rows: [['the session', get('x'), 'allowed']],
  },
  {
    title: 'the root user',
    source: 'AWS IAM User Guide, "AWS account root user"',
    setting: { provider: 'aws', caller: 'root' },
    rows: [
      ['reads', get('x'), 'allowed'],
      ['lists buckets', call('ListBuckets'), 'allowed'],
      ['changes policies', call('PutBucketPolicy'), 'allowed'],
    ],
  },
  {
    title: 'the root user under a bucket policy that denies everyone',
    source: 'Amazon S3 API Reference, "PutBucketPolicy"',
    setting: { provider: 'aws', caller: 'root', resource: [by(deny('s3:*', [bucketArn, objectsArn]), '*')] },
    rows: [
      ['is denied', get('x'), 'explicitly-denied'],
      ['keeps the policy within reach: read', call('GetBucketPolicy'), 'allowed'],
      ['keeps the policy within reach: write', call('PutBucketPolicy'), 'allowed'],
      ['keeps the policy within reach: delete', call('DeleteBucketPolicy'), 'allowed'],
    ],
  },
  {
    title: 'another account’s root user',
    source: crossAccount,
    setting: { provider: 'aws', caller: 'strangersRoot', resource: [readBy({ AWS: strangersRoot })] },
    rows: [
      ['needs the bucket’s side only', get('x'), 'allowed'],
      ['just that', put('x'), 'implicitly-denied'],
    ],
  },
  {
    title: 'another account’s root user is no exception to a deny',
    source: 'Amazon S3 API Reference, "PutBucketPolicy"',
    setting: { provider: 'aws', caller: 'strangersRoot', resource: [by(deny('s3:*', bucketArn), '*')] },
    rows: [['denied', call('DeleteBucketPolicy'), 'explicitly-denied']],
  },
  {
    title: 'a trust policy must allow: it does not',
    source: roles,
    setting: {
      provider: 'aws',
      identity: [allow('sts:AssumeRole')],
      resource: [assume({ AWS: `arn:aws:iam::${account}:user/bob` })],
      resourceKind: 'trust',
    },
    rows: [['refused though the identity policy allows', assumeRole, 'implicitly-denied']],
  },
  {
    title: 'a trust policy that names the user needs no identity policy',
    source: roles,
    setting: { provider: 'aws', resource: [assume({ AWS: userArn })], resourceKind: 'trust' },
    rows: [['allowed', assumeRole, 'allowed']],
  },
  {
    title: 'a trust policy that names the account leaves it to the identity policy: none',
    source: roles,
    setting: { provider: 'aws', resource: [assume({ AWS: root })], resourceKind: 'trust' },
    rows: [['refused', assumeRole, 'implicitly-denied']],
  },
  {
    title: 'a trust policy that names the account leaves it to the identity policy: allowed',
    source: roles,
    setting: {
      provider: 'aws',
      identity: [allow('sts:AssumeRole', roleArn)],
      resource: [assume({ AWS: root })],
      resourceKind: 'trust',
    },
    rows: [
      ['allowed', assumeRole, 'allowed'],
      ['another role', ask('sts:AssumeRole', `arn:aws:iam::${account}:role/admin`), 'implicitly-denied'],
    ],
  },
  {
    title: 'an external id',
    source: 'AWS IAM User Guide, "Access to AWS accounts owned by third parties"',
    setting: {
      provider: 'aws',
      caller: 'stranger',
      identity: [allow('sts:AssumeRole', roleArn)],
      resource: [when(assume({ AWS: stranger }), { StringEquals: { 'sts:ExternalId': 'e-1' } })],
      resourceKind: 'trust',
    },
    rows: [
      ['given', ask('sts:AssumeRole', roleArn, { 'sts:externalid': 'e-1' }), 'allowed'],
      ['another', ask('sts:AssumeRole', roleArn, { 'sts:externalid': 'e-2' }), 'implicitly-denied'],
      ['none', assumeRole, 'implicitly-denied'],
    ],
  },
  {
    title: 'a key policy must allow: identity policies alone do not',
    source: keys,
    setting: { provider: 'aws', identity: [decrypt] },
    rows: [['refused', ask('kms:Decrypt', keyArn), 'implicitly-denied']],
  },
  {
    title: 'a key policy that leaves it to the account',
    source: keys,
    setting: { provider: 'aws', identity: [decrypt], resource: [by(allow('kms:*'), { AWS: root })] },
    rows: [
      ['what the identity policy allows', ask('kms:Decrypt', keyArn), 'allowed'],
      ['what it does not', ask('kms:ScheduleKeyDeletion', keyArn), 'implicitly-denied'],
    ],
  },
  {
    title: 'a key only through S3',
    source: 'AWS KMS Developer Guide, "AWS KMS condition keys: kms:ViaService"',
    setting: {
      provider: 'aws',
      identity: [when(decrypt, { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } })],
      resource: [by(allow('kms:*'), { AWS: root })],
    },
    rows: [
      ['through S3', ask('kms:Decrypt', keyArn, { 'kms:viaservice': 's3.eu-west-1.amazonaws.com' }), 'allowed'],
      ['directly', ask('kms:Decrypt', keyArn), 'implicitly-denied'],
      [
        'through another service',
        ask('kms:Decrypt', keyArn, { 'kms:viaservice': 'ec2.eu-west-1.amazonaws.com' }),
        'implicitly-denied',
      ],
    ],
  },
  {
    title: 'other partitions have ARNs of their own',
    source: 'AWS General Reference, "Amazon Resource Names (ARNs)"',
    setting: { provider: 'aws', identity: [allow('s3:GetObject', 'arn:aws-cn:s3:::media-prod/*')] },
    rows: [
      ['China’s', ask('s3:GetObject', 'arn:aws-cn:s3:::media-prod/x'), 'allowed'],
      ['not the commercial one’s', get('x'), 'implicitly-denied'],
    ],
  },
];
