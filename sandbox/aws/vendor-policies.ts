import type { ManagedPolicy } from './account-state.ts';

const createDate = '2015-02-06T18:40:00.000Z';

/**
 * The AWS managed policies that storage accounts attach, with the text that AWS publishes (AWS Managed Policy Reference
 * Guide). Ids are the sandbox's own; any other AWS managed policy answers NoSuchEntity.
 */
export const vendorPolicies: ReadonlyMap<string, ManagedPolicy> = new Map(
  Object.entries({
    AdministratorAccess: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    AmazonS3FullAccess: [{ Effect: 'Allow', Action: ['s3:*', 's3-object-lambda:*'], Resource: '*' }],
    AmazonS3ReadOnlyAccess: [
      {
        Effect: 'Allow',
        Action: ['s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*'],
        Resource: '*',
      },
    ],
  }).map(([policyName, Statement]) => [`arn:aws:iam::aws:policy/${policyName}`, vendorPolicy(policyName, Statement)]),
);

function vendorPolicy(policyName: string, Statement: readonly object[]): ManagedPolicy {
  return {
    policyName,
    path: '/',
    policyId: `ANPA-${policyName}`,
    createDate,
    updateDate: createDate,
    defaultVersionId: 'v1',
    versions: [{ versionId: 'v1', document: JSON.stringify({ Version: '2012-10-17', Statement }), createDate }],
    nextVersion: 2,
    tags: [],
  };
}

/** Policies of AWS are attached, never changed. */
export function isVendorPolicy(arn: string): boolean {
  return arn.startsWith('arn:aws:iam::aws:policy/');
}
