import type { AwsLocation } from '../../../base/location.ts';
import type { Ability } from '../../../policies/ability.ts';
import { explainIam, iamDialect } from '../../../policies/dialects/iam.ts';
import { iamPolicyPlan, iamQuotas, policyLength } from '../../../policies/dialects/iam-plan.ts';
import { policyFindings } from '../../../policies/evaluator/policy-findings.ts';
import type { Grant, GrantOptions } from '../../../policies/grant.ts';
import { neededAbilities } from '../../../policies/migration-grants.ts';
import { operations, sides } from '../../../policies/operation.ts';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { awsLocation, grantOn } from '../fixtures/grants.ts';

const key = 'arn:aws:kms:eu-west-1:123456789012:key/k';
const archive: AwsLocation = { ...awsLocation, bucket: 'archive', prefix: 'in/' };
const archiveReader: Grant = { access: 'media/source', location: archive, abilities: ['list', 'read'] };
const writer: readonly Ability[] = ['list', 'write', 'multipart'];
const grant = (held: readonly Ability[], options?: GrantOptions, location = awsLocation): Grant => ({
  ...grantOn(location, held),
  ...(options && { options }),
});
const verdict = (asked: Grant, request: Partial<StorageRequest> & Pick<StorageRequest, 'operation'>) =>
  iamDialect.decide(iamDialect.render(asked), { bucket: 'media-prod', secure: true, ...request }).verdict;
const put = (headers: Record<string, string> = {}, part: Partial<StorageRequest> = {}) =>
  ({ operation: 'PutObject', key: 'uploads/x', headers, ...part }) as const;

const everyOption: readonly (readonly [string, GrantOptions | undefined])[] = [
  ['no options', undefined],
  ['a key', { kmsKeyArn: key }],
  ['append-only', { appendOnly: true }],
  ['stored checksums', { storedChecksums: true }],
  ['server-side copy', { copyFrom: archiveReader }],
  ['TLS only', { tlsOnly: true }],
  ['addresses', { sourceIps: ['203.0.113.0/24', '2001:db8::/32'] }],
  ['an endpoint', { vpcEndpoints: ['vpce-1a2b3c4d'] }],
];
const everyGrant = operations.flatMap((operation) =>
  sides.flatMap((side) =>
    [false, true].flatMap((more) =>
      everyOption.map(([name, options]): readonly [string, Grant] => [
        `${operation} ${side}${more ? ' with versions and tags' : ''}, ${name}`,
        grant(neededAbilities(operation, side, { versions: more, tags: more }), options),
      ]),
    ),
  ),
);

describe('S1, S2, S6: every policy that options can make', () => {
  test.each(everyGrant)('means what it says, fits inline, and says why of each action: %s', (_name, asked) => {
    const policy = iamDialect.render(asked);
    expect(policyFindings(JSON.stringify(policy))).toEqual([]);
    expect(iamPolicyPlan(asked, 'user')).toEqual({ kind: 'inline', policy });
    const explained = explainIam(asked);
    expect(explained.map(({ action }) => action)).toEqual(policy.Statement.flatMap(({ Action: actions }) => actions));
    expect(explained.every(({ because }) => because.length > 10)).toBe(true);
  });
});

describe('S1: versions and tags', () => {
  test('a source lists and reads versions only where they are asked for', () => {
    const versions = grant(neededAbilities('copy', 'source', { versions: true }));
    expect(verdict(versions, { operation: 'ListObjectVersions', prefix: 'uploads/' })).toBe('allowed');
    expect(verdict(versions, { operation: 'ListObjectVersions' })).toBe('implicitly-denied');
    expect(verdict(versions, { operation: 'GetObject', key: 'uploads/x', versionId: 'v' })).toBe('allowed');
    const plain = grant(neededAbilities('copy', 'source'));
    expect(verdict(plain, { operation: 'ListObjectVersions', prefix: 'uploads/' })).toBe('implicitly-denied');
    expect(verdict(plain, { operation: 'GetObject', key: 'uploads/x', versionId: 'v' })).toBe('implicitly-denied');
  });

  test('tags are read at the source and written at the destination', () => {
    const source = grant(neededAbilities('copy', 'source', { tags: true }));
    const destination = grant(neededAbilities('copy', 'destination', { tags: true }));
    expect(verdict(source, { operation: 'GetObjectTagging', key: 'uploads/x' })).toBe('allowed');
    expect(verdict(source, { operation: 'PutObjectTagging', key: 'uploads/x' })).toBe('implicitly-denied');
    expect(verdict(destination, put({ 'x-amz-tagging': 'a=b' }))).toBe('allowed');
    expect(verdict(grant(writer), put({ 'x-amz-tagging': 'a=b' }))).toBe('implicitly-denied');
    expect(neededAbilities('verify', 'destination', { tags: true })).toEqual(['list', 'read']);
  });
});

describe('S1, S2: keys', () => {
  const keyStatement = (asked: Grant) => iamDialect.render(asked).Statement.find(({ Sid: sid }) => sid === 'Key');

  test('a source decrypts, a destination also encrypts, each through S3 and for these objects only', () => {
    expect(keyStatement(grant(['list', 'read'], { kmsKeyArn: key }))).toEqual({
      Sid: 'Key',
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: key,
      Condition: {
        StringLike: {
          'kms:EncryptionContext:aws:s3:arn': ['arn:aws:s3:::media-prod', 'arn:aws:s3:::media-prod/uploads/*'],
        },
        StringEquals: { 'kms:ViaService': ['s3.eu-west-1.amazonaws.com'] },
      },
    });
    expect(keyStatement(grant(writer, { kmsKeyArn: key }))?.Action).toEqual(['kms:GenerateDataKey', 'kms:Decrypt']);
    expect(keyStatement(grant(writer))).toBeUndefined();
  });

  test('S7: in China the service has another name', () => {
    const location = { ...awsLocation, partition: 'aws-cn', region: 'cn-north-1' } as const;
    expect(keyStatement(grant(['read'], { kmsKeyArn: key }, location))?.Condition['StringEquals']).toEqual({
      'kms:ViaService': ['s3.cn-north-1.amazonaws.com.cn'],
    });
  });
});

describe('S2: append-only', () => {
  const appendOnly = grant(writer, { appendOnly: true });

  test('the statements are those that Amazon S3 documents', () => {
    const { Statement: statements } = iamDialect.render(appendOnly);
    expect(statements.map(({ Sid: sid, Action: actions }) => [sid, actions])).toEqual([
      ['List', ['s3:ListBucket']],
      ['ListUploads', ['s3:ListBucketMultipartUploads']],
      ['Objects', ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']],
      ['CreateOnly', ['s3:PutObject']],
      ['UploadSteps', ['s3:PutObject']],
    ]);
    expect(statements[3]?.Condition).toMatchObject({ Null: { 's3:if-none-match': ['false'] } });
    expect(statements[4]?.Condition).toMatchObject({ Bool: { 's3:ObjectCreationOperation': ['false'] } });
  });

  test.each([
    ['a write that must not overwrite', put({ 'if-none-match': '*' }), 'allowed'],
    ['a write that may', put(), 'implicitly-denied'],
    ['one elsewhere', put({ 'if-none-match': '*' }, { key: 'other/x' }), 'implicitly-denied'],
    ['a part', { operation: 'UploadPart', key: 'uploads/x' }, 'allowed'],
    ['an end that may overwrite', { operation: 'CompleteMultipartUpload', key: 'uploads/x' }, 'implicitly-denied'],
  ] as const)('%s', (_name, request, expected) => {
    expect(verdict(appendOnly, request)).toBe(expected);
  });
});

describe('S2: server-side copy', () => {
  const both = grant(writer, { copyFrom: archiveReader });
  const copy = (part: Partial<StorageRequest>) =>
    ({ operation: 'CopyObject', key: 'uploads/x', copySource: { bucket: 'archive', key: 'in/x' }, ...part }) as const;

  test('one principal holds both sides', () => {
    expect(verdict(both, copy({}))).toBe('allowed');
    expect(verdict(both, copy({ copySource: { bucket: 'archive', key: 'secret/x' } }))).toBe('implicitly-denied');
    expect(verdict(both, copy({ bucket: 'archive', key: 'in/y' }))).toBe('implicitly-denied');
    expect(verdict(grant(writer), copy({}))).toBe('implicitly-denied');
    expect(verdict(both, { operation: 'ListObjectsV2', bucket: 'archive', prefix: 'in/' })).toBe('allowed');
  });
});

describe('S2: where requests come from', () => {
  test('plain HTTP is denied, not only not allowed', () => {
    expect(verdict(grant(writer, { tlsOnly: true }), put({}, { secure: false }))).toBe('explicitly-denied');
    expect(verdict(grant(writer, { tlsOnly: true }), put())).toBe('allowed');
    expect(verdict(grant(writer), put({}, { secure: false }))).toBe('allowed');
  });

  test('addresses limit everything on S3; a request without one is refused', () => {
    const office = grant(writer, { sourceIps: ['203.0.113.0/24'] });
    expect(verdict(office, put({}, { sourceIp: '203.0.113.4' }))).toBe('allowed');
    expect(verdict(office, put({}, { sourceIp: '198.51.100.4' }))).toBe('implicitly-denied');
    expect(verdict(office, put())).toBe('implicitly-denied');
    expect(verdict(office, { operation: 'ListMultipartUploads', sourceIp: '198.51.100.4' })).toBe('implicitly-denied');
  });

  test('an endpoint has no public address: asking for both is our bug', () => {
    const conflicting = grant(writer, { sourceIps: ['203.0.113.4'], vpcEndpoints: ['vpce-1'] });
    expect(() => iamDialect.render(conflicting)).toThrow(/only one can be asked/);
  });
});

describe('S2: quotas', () => {
  const long = (length: number) =>
    grant([...writer, 'read'], undefined, { ...awsLocation, prefix: `${'*'.repeat(length)}/` });

  test('a policy that is too long for a user inline becomes managed policies that say the same', () => {
    const asked = long(400);
    const plan = iamPolicyPlan(asked, 'user');
    if (plan.kind !== 'managed') throw new Error('it does not fit inline');
    expect(plan.policies.flatMap(({ Statement: statements }) => statements)).toEqual(
      iamDialect.render(asked).Statement,
    );
    expect(plan.policies.every((policy) => policyLength(policy) <= iamQuotas.managedPolicyCharactersMax)).toBe(true);
  });

  test('the longest key that S3 takes is split', () => {
    const plan = iamPolicyPlan(long(1000), 'user');
    expect(plan.kind === 'managed' && plan.policies.length).toBe(2);
    // A role has more room inline.
    expect(iamPolicyPlan(long(1000), 'role').kind).toBe('inline');
  });

  test('what nothing can hold is the user’s mistake', () => {
    const addresses = Array.from({ length: 400 }, (_, index) => `203.0.${index % 250}.0/24`);
    expect(() => iamPolicyPlan(grant(writer, { sourceIps: addresses }), 'user')).toThrow(/longer than IAM stores/);
  });
});
