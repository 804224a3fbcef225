import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { awsAuthorizer } from '../../../sandbox/aws/authorizer.ts';
import type { AwsCaller } from '../../../sandbox/aws/authorizer.ts';
import type { Authorizer } from '../../../sandbox/s3/authorizer.ts';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';

let endpoint: AwsEndpoint;
let authorizer: Authorizer<AwsCaller>;
let accessKeyId: string;
const UserName = 'source';
const now = new Date('2026-05-01T12:00:00Z');
beforeAll(async () => {
  endpoint = await startAwsEndpoint();
  authorizer = awsAuthorizer(endpoint.account);
  const iam = endpoint.iam();
  await iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'Team', Value: 'media' }] }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  accessKeyId = AccessKey?.AccessKeyId ?? '';
  await allow(
    {
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::media',
      Condition: { StringLike: { 's3:prefix': 'uploads/*' } },
    },
    { Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/uploads/*' },
  );
});
afterAll(() => endpoint.stop());

async function allow(...statements: object[]): Promise<void> {
  const Statement = statements.map((statement) => ({ Effect: 'Allow', ...statement }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await endpoint.iam().send(new PutUserPolicyCommand({ UserName, PolicyName: 'access', PolicyDocument }));
}

function identified(presented = { accessKeyId }): AwsCaller {
  const caller = authorizer.identify(presented, now);
  if ('refused' in caller) throw new Error(caller.refused.code);
  return caller;
}
const decide = (request: Omit<StorageRequest, 'secure'>) =>
  authorizer.authorize(identified(), { secure: false, ...request }, now).verdict;

describe('S1: the policies of the user who signs decide S3 requests', () => {
  test('inside the prefix they name, and nowhere else', () => {
    const media = { bucket: 'media' };
    expect(decide({ operation: 'GetObject', ...media, key: 'uploads/a' })).toBe('allowed');
    expect(decide({ operation: 'GetObject', ...media, key: 'uploads-private/a' })).toBe('implicitly-denied');
    expect(decide({ operation: 'PutObject', ...media, key: 'uploads/a' })).toBe('implicitly-denied');
    expect(decide({ operation: 'ListObjectsV2', ...media, prefix: 'uploads/' })).toBe('allowed');
    expect(decide({ operation: 'ListObjectsV2', ...media })).toBe('implicitly-denied');
    expect(decide({ operation: 'ListBuckets' })).toBe('implicitly-denied');
  });

  test('with what AWS knows of the caller and the time', async () => {
    const request = { operation: 'GetObject', bucket: 'timed', key: 'k' } as const;
    const until = (date: string) =>
      allow({
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::timed/*',
        Condition: {
          DateLessThan: { 'aws:CurrentTime': date },
          StringEquals: { 'aws:PrincipalTag/team': 'media', 'aws:RequestedRegion': endpoint.account.region },
        },
      });
    await until('2026-05-01T12:00:01Z');
    expect(decide(request)).toBe('allowed');
    await until('2026-05-01T12:00:00Z');
    expect(decide(request)).toBe('implicitly-denied');
  });

  test('and the administrator may do everything', () => {
    const administrator = identified(endpoint.account.administrator());
    const request = { operation: 'CreateBucket', bucket: 'new', secure: false } as const;
    expect(authorizer.authorize(administrator, request, now).verdict).toBe('allowed');
  });
});

describe('S3 refuses', () => {
  test('an anonymous request', () => {
    const request = { operation: 'GetObject', bucket: 'media', key: 'uploads/a', secure: false } as const;
    expect(authorizer.authorize(undefined, request, now).verdict).toBe('implicitly-denied');
  });

  test('a key that nobody holds, and an inactive one in the same words', async () => {
    const unknown = authorizer.identify({ accessKeyId: 'A'.repeat(20) }, now);
    expect(unknown).toMatchObject({ refused: { status: 403, code: 'InvalidAccessKeyId' } });
    const update = { UserName, AccessKeyId: accessKeyId };
    await endpoint.iam().send(new UpdateAccessKeyCommand({ ...update, Status: 'Inactive' }));
    expect(authorizer.identify({ accessKeyId }, now)).toEqual(unknown);
    await endpoint.iam().send(new UpdateAccessKeyCommand({ ...update, Status: 'Active' }));
    expect(identified().principal).toMatch(/:user\/source$/);
  });

  test('a session token beside the key of a user', () => {
    expect(authorizer.identify({ accessKeyId, sessionToken: 'token' }, now)).toMatchObject({
      refused: { status: 400, code: 'InvalidToken' },
    });
  });
});

test('a use of the key at S3 is its last use', () => {
  authorizer.used?.(identified(), now);
  expect(endpoint.account.lastUse(accessKeyId)).toEqual({
    date: now.toISOString(),
    serviceName: 's3',
    region: endpoint.account.region,
  });
});

describe('the policy of a bucket decides with those of the caller', () => {
  const Resource = 'arn:aws:s3:::shared/*';
  const decideWith = (caller: AwsCaller | undefined, ...statements: object[]) => {
    const Statement = statements.map((statement) => ({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource,
      ...statement,
    }));
    const policy = JSON.stringify({ Version: '2012-10-17', Statement });
    const resourcePolicyOf = (bucket: string) => (bucket === 'shared' ? policy : undefined);
    const request = { operation: 'GetObject', bucket: 'shared', key: 'k', secure: false } as const;
    return awsAuthorizer(endpoint.account, { resourcePolicyOf }).authorize(caller, request, now).verdict;
  };

  test('allowing the user that it names, or everyone, the anonymous too', () => {
    const { principal } = identified();
    expect(decideWith(identified(), { Principal: { AWS: principal } })).toBe('allowed');
    expect(decideWith(identified(), { Principal: { AWS: `${principal}-other` } })).toBe('implicitly-denied');
    expect(decideWith(undefined, { Principal: { AWS: principal } })).toBe('implicitly-denied');
    expect(decideWith(undefined, { Principal: '*' })).toBe('allowed');
  });

  test('denying even the administrator', () => {
    const administrator = identified(endpoint.account.administrator());
    expect(decideWith(administrator, { Principal: '*', Effect: 'Deny' })).toBe('explicitly-denied');
    expect(decideWith(administrator, { Principal: '*', Effect: 'Deny', Action: 's3:PutObject' })).toBe('allowed');
  });
});

describe('S1: a customer-managed KMS key', () => {
  const keyOf = (accountId: string, region = endpoint.account.region) => `arn:aws:kms:${region}:${accountId}:key/k`;
  const read = (arn: string) => {
    const kmsKey = { arn, actions: ['kms:Decrypt'] } as const;
    return decide({ operation: 'GetObject', bucket: 'sealed', key: 'k', kmsKey });
  };

  test('is for those whom IAM lets use it through S3, in its own account', async () => {
    const { accountId, region } = endpoint.account;
    const objects = { Action: 's3:GetObject', Resource: 'arn:aws:s3:::sealed/*' };
    await allow(objects);
    expect(decide({ operation: 'GetObject', bucket: 'sealed', key: 'k' })).toBe('allowed');
    expect(read(keyOf(accountId))).toBe('implicitly-denied');
    const through = (service: string) => ({
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringEquals: { 'kms:ViaService': service } },
    });
    await allow(objects, through(`s3.${region}.amazonaws.com`));
    expect(read(keyOf(accountId))).toBe('allowed');
    expect(read(keyOf('999999999999'))).toBe('implicitly-denied');
    await allow(objects, through(`sqs.${region}.amazonaws.com`));
    expect(read(keyOf(accountId))).toBe('implicitly-denied');
  });
});
