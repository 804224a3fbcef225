import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { type BucketLocationConstraint, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { AccessKeys } from '../../engine/place.ts';
import { wrongKeys } from './wrong-keys.ts';
import type { Place } from './world.ts';

export interface S3PlaceOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly otherBucket: string;
  readonly administrator: AccessKeys;
}

/** Makes two buckets, and two IAM users with a key and a least-privilege policy each. */
export async function makeS3Place({ administrator, ...place }: S3PlaceOptions): Promise<Place> {
  const { endpoint, region, bucket, otherBucket } = place;
  const settings = { endpoint, region, credentials: administrator, maxAttempts: 1 };
  const [storage, iam] = [new S3Client({ ...settings, forcePathStyle: true }), new IAMClient(settings)];
  try {
    for (const Bucket of [bucket, otherBucket]) {
      const LocationConstraint = region as BucketLocationConstraint;
      await storage.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
    }
    const reader = await makeUser(iam, `${bucket}-reader`, policyOf(bucket, ['s3:GetObject']));
    const writing = ['s3:PutObject', 's3:AbortMultipartUpload'];
    const writer = await makeUser(iam, `${bucket}-writer`, policyOf(bucket, writing));
    return { ...place, keys: { administrator, reader, writer, ...wrongKeys(writer) } };
  } finally {
    storage.destroy();
    iam.destroy();
  }
}

async function makeUser(iam: IAMClient, UserName: string, policy: object): Promise<AccessKeys> {
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify(policy);
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'conformance', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** Lists and does `actions` below `uploads/`, as "Example: Allow access to a prefix" of the S3 User Guide does. */
function policyOf(bucket: string, actions: readonly string[]): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringLike: { 's3:prefix': 'uploads/*' } },
      },
      { Effect: 'Allow', Action: actions, Resource: `arn:aws:s3:::${bucket}/uploads/*` },
    ],
  };
}
