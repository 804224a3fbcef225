import assert from 'node:assert/strict';
import type { AwsLocation } from '../../base/location.ts';
import type { Ability } from '../ability.ts';
import type { Dialect, Excess } from '../dialect.ts';
import { decideEveryIam } from '../evaluator/decide-iam.ts';
import { parseIamPolicy } from '../evaluator/iam-policy.ts';
import { iamRequestsOf } from '../evaluator/iam-requests.ts';
import { escapePattern } from '../evaluator/pattern.ts';
import type { Grant } from '../grant.ts';

/** An IAM policy's JSON as data. Keys stand in this order, so that equal grants render to equal text. */
export interface IamPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly IamStatement[];
}

export interface IamStatement {
  readonly Sid: 'List' | 'ListUploads' | 'Objects';
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Actions on objects, by ability; always spelled out, since `s3:PutObject*` and the like grow with every new S3 action. */
const objectActions: Readonly<Partial<Record<Ability, readonly string[]>>> = {
  read: ['s3:GetObject'],
  write: ['s3:PutObject'],
  delete: ['s3:DeleteObject'],
  multipart: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
};

/** Abilities that this dialect can say. */
const sayable = new Set<Ability>(['list', 'read', 'write', 'delete', 'multipart']);

/**
 * AWS: one inline policy of at most three statements. They are apart because a bucket ARN never matches an object action
 * (nor the reverse), and because ListBucketMultipartUploads knows no `s3:prefix`: with that condition it never matches.
 * Every statement names the bucket's account, so that a bucket of that name in a stranger's account is out of reach.
 */
export const iamDialect: Dialect<IamPolicyDocument> = {
  render(grant) {
    const location = awsLocation(grant);
    const bucketArn = `arn:${location.partition}:s3:::${location.bucket}`;
    const prefixPattern = `${escapePattern(location.prefix)}*`;
    const sameAccount = { StringEquals: { 'aws:ResourceAccount': [location.accountId] } };
    const statements: IamStatement[] = [];
    if (grant.abilities.includes('list')) {
      const insidePrefix = location.prefix === '' ? {} : { StringLike: { 's3:prefix': [prefixPattern] } };
      statements.push({
        Sid: 'List',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: bucketArn,
        Condition: { ...insidePrefix, ...sameAccount },
      });
    }
    if (grant.abilities.includes('multipart')) {
      statements.push({
        Sid: 'ListUploads',
        Effect: 'Allow',
        Action: ['s3:ListBucketMultipartUploads'],
        Resource: bucketArn,
        Condition: sameAccount,
      });
    }
    const onObjects = grant.abilities.flatMap((ability) => objectActions[ability] ?? []);
    if (onObjects.length > 0) {
      statements.push({
        Sid: 'Objects',
        Effect: 'Allow',
        Action: onObjects,
        Resource: `${bucketArn}/${prefixPattern}`,
        Condition: sameAccount,
      });
    }
    return { Version: '2012-10-17', Statement: statements };
  },

  excess(grant): readonly Excess[] {
    const { bucket, prefix } = awsLocation(grant);
    if (prefix === '' || !grant.abilities.includes('multipart')) return [];
    return [
      {
        ability: 'multipart',
        place: `s3://${bucket}/`,
        operations: ['ListMultipartUploads'],
        because: 'S3 cannot limit the list of unfinished uploads to a prefix: it shows those of the whole bucket',
      },
    ];
  },

  decide(rendered, request) {
    // A policy without statements is no valid IAM policy; whoever holds only that holds nothing.
    if (rendered.Statement.length === 0) return { verdict: 'implicitly-denied', because: 'the policy is empty' };
    const policies = [{ name: 'sluice', policy: parseIamPolicy(JSON.stringify(rendered)) }];
    return decideEveryIam({ policies, requests: iamRequestsOf(request, placeOf(rendered)) });
  },
};

/** On paper, the caller's account owns every bucket: the hardest case for a policy to refuse. */
function placeOf({ Statement: [statement] }: IamPolicyDocument): Pick<AwsLocation, 'partition' | 'accountId'> {
  const partition = statement?.Resource.split(':')[1];
  const accountId = statement?.Condition['StringEquals']?.['aws:ResourceAccount']?.[0];
  assert(
    partition === 'aws' || partition === 'aws-cn' || partition === 'aws-us-gov',
    'rendered policies name a partition',
  );
  assert(accountId, 'rendered policies name the account');
  return { partition, accountId };
}

function awsLocation({ location, abilities }: Grant): AwsLocation {
  assert(location.provider === 'aws', 'the IAM dialect speaks of buckets on AWS');
  assert(location.prefix === '' || location.prefix.endsWith('/'), 'the configuration lets no other prefix through');
  assert(
    abilities.every((ability) => sayable.has(ability)),
    'no operation needs another ability',
  );
  return location;
}
