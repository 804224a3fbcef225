import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { sendSigned } from './raw-request.ts';
import { refusal } from './refusal.ts';

const Bucket = 'media-test';
const inIreland = { CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } } as const;

let endpoint: TestEndpoint;
let s3: S3Client;
beforeAll(async () => {
  endpoint = await startEndpoint();
  s3 = endpoint.client();
  await s3.send(new CreateBucketCommand({ Bucket, ...inIreland, ACL: 'private' }));
});
afterAll(() => endpoint.close());

describe('S1: a bucket', () => {
  test('is made in the region of the endpoint, found, listed, and removed when empty', async () => {
    const Other = { Bucket: 'another.bucket' };
    expect(await s3.send(new CreateBucketCommand({ ...Other, ...inIreland }))).toMatchObject({
      Location: '/another.bucket',
    });
    expect(await s3.send(new HeadBucketCommand(Other))).toMatchObject({ BucketRegion: 'eu-west-1' });
    expect(await s3.send(new GetBucketLocationCommand(Other))).toMatchObject({ LocationConstraint: 'eu-west-1' });
    const { Buckets } = await s3.send(new ListBucketsCommand());
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['another.bucket', Bucket]);
    const page = await s3.send(new ListBucketsCommand({ MaxBuckets: 1 }));
    const rest = await s3.send(new ListBucketsCommand({ ContinuationToken: page.ContinuationToken }));
    expect([page.Buckets?.length, rest.Buckets?.map(({ Name }) => Name)]).toEqual([1, [Bucket]]);
    await s3.send(new PutObjectCommand({ ...Other, Key: 'k', Body: 'v' }));
    await expect(s3.send(new DeleteBucketCommand(Other))).rejects.toMatchObject(refusal('BucketNotEmpty', 409));
    endpoint.world.delete('another.bucket', 'k');
    await s3.send(new DeleteBucketCommand(Other));
    await expect(s3.send(new HeadBucketCommand(Other))).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  });

  test.each([
    ['again', { Bucket, ...inIreland }, 'BucketAlreadyOwnedByYou', 409],
    [
      'in another region',
      { Bucket: 'other', CreateBucketConfiguration: { LocationConstraint: 'us-west-2' as const } },
      'IllegalLocationConstraintException',
      400,
    ],
    ['with an ACL', { Bucket: 'other', ...inIreland, ACL: 'public-read' as const }, 'InvalidRequest', 400],
  ])('is not made %s', async (_name, input, code, status) => {
    await expect(s3.send(new CreateBucketCommand(input))).rejects.toMatchObject(refusal(code, status));
  });

  test('is not made without a region outside us-east-1', async () => {
    const answer = await sendSigned(endpoint, { method: 'PUT', path: '/other' });
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('IllegalLocationConstraint') as string });
  });

  test.each(['ab', 'Upper', 'under_score', '-dash', 'two..dots', '192.168.0.1', 'xn--x', 'a'.repeat(64)])(
    'is not called %s',
    async (name) => {
      const answer = await sendSigned(endpoint, { method: 'PUT', path: `/${name}` });
      expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('InvalidBucketName') as string });
    },
  );

  test('answers by its own host name', async () => {
    const headers = { host: `${Bucket}.localhost:${endpoint.port}` };
    expect(await sendSigned(endpoint, { method: 'PUT', path: '/by/host', headers, body: 'x' })).toMatchObject({
      status: 200,
    });
    expect(endpoint.world.object(Bucket, 'by/host')).toBeDefined();
    expect(await sendSigned(endpoint, { method: 'DELETE', path: '/by/host', headers })).toMatchObject({ status: 204 });
  });

  test('in us-east-1 is made without a region, and again without an error', async () => {
    const virginia = await startEndpoint({ region: 'us-east-1' });
    const client = virginia.client();
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new CreateBucketCommand({ Bucket }));
    expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
    await virginia.close();
  });
});

describe("a new bucket's settings", () => {
  test('are those that S3 gives since 2023', async () => {
    expect(await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).toMatchObject({
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(await s3.send(new GetBucketEncryptionCommand({ Bucket }))).toMatchObject({
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    expect(await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).toMatchObject({ Payer: 'BucketOwner' });
    expect((await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toBeUndefined();
    expect((await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status).toBeUndefined();
    expect((await s3.send(new GetBucketAclCommand({ Bucket }))).Grants).toMatchObject([
      { Permission: 'FULL_CONTROL', Grantee: { Type: 'CanonicalUser' } },
    ]);
  });

  test.each([
    ['GetBucketPolicy', () => s3.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy'],
    ['GetBucketCors', () => s3.send(new GetBucketCorsCommand({ Bucket })), 'NoSuchCORSConfiguration'],
    ['GetBucketWebsite', () => s3.send(new GetBucketWebsiteCommand({ Bucket })), 'NoSuchWebsiteConfiguration'],
    [
      'GetBucketLifecycleConfiguration',
      () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
      'NoSuchLifecycleConfiguration',
    ],
    [
      'GetBucketReplication',
      () => s3.send(new GetBucketReplicationCommand({ Bucket })),
      'ReplicationConfigurationNotFoundError',
    ],
    [
      'GetObjectLockConfiguration',
      () => s3.send(new GetObjectLockConfigurationCommand({ Bucket })),
      'ObjectLockConfigurationNotFoundError',
    ],
    ['GetBucketTagging', () => s3.send(new GetBucketTaggingCommand({ Bucket })), 'NoSuchTagSet'],
  ])('do not hold what nobody configured: %s', async (_name, ask, code) => {
    await expect(ask()).rejects.toMatchObject(refusal(code, 404));
  });

  test('are kept, given back and deleted', async () => {
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true, RestrictPublicBuckets: false };
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    expect(await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: false, BlockPublicPolicy: false },
    });
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    await expect(s3.send(new GetPublicAccessBlockCommand({ Bucket }))).rejects.toMatchObject(
      refusal('NoSuchPublicAccessBlockConfiguration', 404),
    );

    const TagSet = [{ Key: 'team', Value: 'a & b <c>' }];
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
    await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject(refusal('NoSuchTagSet', 404));
  });

  test('decide about ACLs: a bucket whose owner owns all takes none', async () => {
    const withAcl = (ACL: 'private' | 'bucket-owner-full-control') =>
      s3.send(new PutObjectCommand({ Bucket, Key: 'acl', Body: 'x', ACL }));
    await expect(withAcl('private')).rejects.toMatchObject(refusal('AccessControlListNotSupported', 400));
    await withAcl('bucket-owner-full-control');
    await expect(s3.send(new PutBucketAclCommand({ Bucket, ACL: 'private' }))).rejects.toMatchObject(
      refusal('AccessControlListNotSupported', 400),
    );
    const Rules = [{ ObjectOwnership: 'ObjectWriter' as const }];
    await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }));
    await withAcl('private');
    await s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
    await expect(s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).rejects.toMatchObject(
      refusal('OwnershipControlsNotFoundError', 404),
    );
  });
});

describe('an R2 bucket', () => {
  test('is made without a region or with a location hint', async () => {
    const r2 = await startEndpoint({ profile: r2Profile });
    const client = r2.client();
    await client.send(new CreateBucketCommand({ Bucket }));
    const hint = { CreateBucketConfiguration: { LocationConstraint: 'WEUR' as 'eu-west-1' } };
    await client.send(new CreateBucketCommand({ Bucket: 'hinted', ...hint }));
    expect(await client.send(new GetBucketLocationCommand({ Bucket: 'hinted' }))).toMatchObject({
      LocationConstraint: 'WEUR',
    });
    await expect(client.send(new CreateBucketCommand({ Bucket: 'elsewhere', ...inIreland }))).rejects.toMatchObject(
      refusal('InvalidLocationConstraint', 400),
    );
    await expect(client.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject(
      refusal('BucketAlreadyOwnedByYou', 409),
    );
    await r2.close();
  });
});
