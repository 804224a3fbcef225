import type { Decision } from '../../../policies/decision.ts';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { sendEmpty, sendXml } from '../answer.ts';
import { checkBucketPolicy, isPublicPolicy } from '../bucket-policy.ts';
import type { Call } from '../call.ts';
import { readText } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { document, field } from '../xml.ts';
import { accessBlockOf } from './bucket-settings.ts';

/** A bucket's policy, kept as it was written; the account's authorizer decides by it. */
export function getBucketPolicy({ world, bucket, response }: Call): void {
  const policy = world.setting(bucket, 'policy');
  if (typeof policy !== 'string') throw new S3Error('NoSuchBucketPolicy', undefined, { BucketName: bucket });
  const body = Buffer.from(policy);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

/** Whether the bucket's policy grants to the public (S3 API reference, GetBucketPolicyStatus). */
export function getBucketPolicyStatus({ world, bucket, response }: Call): void {
  const policy = world.setting(bucket, 'policy');
  if (typeof policy !== 'string') throw new S3Error('NoSuchBucketPolicy', undefined, { BucketName: bucket });
  sendXml(response, document('PolicyStatus', field('IsPublic', isPublicPolicy(policy))));
}

/**
 * Replaces the policy (S3 API reference, PutBucketPolicy). Throws as `checkBucketPolicy`, and `AccessDenied` for a public one
 * that the public access block holds back.
 */
export async function putBucketPolicy(call: Call): Promise<void> {
  const { world, bucket, response } = call;
  const policy = await readText(call.body());
  checkBucketPolicy(policy, bucket);
  if (accessBlockOf(world, bucket).BlockPublicPolicy && isPublicPolicy(policy)) {
    throw new S3Error(
      'AccessDenied',
      `User: ${call.principal ?? 'anonymous'} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucket}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
  }
  await world.changeSetting(bucket, 'policy', policy);
  sendEmpty(response, 204);
}

/**
 * What is left of an anonymous caller's permission where `RestrictPublicBuckets` stands: a public policy then grants to nobody outside
 * the account (S3 User Guide, "Blocking public access to your Amazon S3 storage").
 */
export function restrictedDecision(world: Call['world'], request: StorageRequest, decision: Decision): Decision {
  if (decision.verdict !== 'allowed') return decision;
  const buckets = [request.bucket, request.copySource?.bucket].filter((bucket) => bucket !== undefined);
  const restricted = buckets.find((bucket) => {
    if (world.bucket(bucket) === undefined || !accessBlockOf(world, bucket).RestrictPublicBuckets) return false;
    const policy = world.setting(bucket, 'policy');
    return typeof policy === 'string' && isPublicPolicy(policy);
  });
  if (restricted === undefined) return decision;
  return {
    verdict: 'implicitly-denied',
    because: `RestrictPublicBuckets of ${restricted} keeps its public policy from anonymous callers`,
  };
}
