import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AwsSetting, Statement } from '../../policies/truth-table/truth-row.ts';
import { keysOf } from '../aws/aws-cloud.ts';
import type { SigningKeys } from './signed-call.ts';

/** The administrator's own clients, by which every principal is made. */
export interface Administrator {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly s3: S3Client;
  readonly accountId: string;
}

/** The table's user and role, one policy after the other. */
export interface AwsPrincipals {
  /** Gives user and role the policies of a setting, and the bucket its own; undefined keys are an anonymous caller's. */
  become(setting: AwsSetting, policyBucket: string): Promise<SigningKeys | undefined>;
  /** Takes them away again; a bucket's policy stays. */
  forget(setting: AwsSetting): Promise<void>;
}

const UserName = 'ann';
const RoleName = 'copier';
const PolicyName = 'identity';
const boundaryName = 'boundary';

/** Makes them by IAM's own calls; `setting.resource` becomes the bucket's policy, or the role's trust policy. */
export async function makeAwsPrincipals({ iam, sts, s3, accountId }: Administrator): Promise<AwsPrincipals> {
  const trustAccount = policyText([
    { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' } satisfies Statement,
  ]);
  await iam.send(new CreateUserCommand({ UserName, Path: '/sluice/' }));
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustAccount }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { accessKeyId, secretAccessKey } = keysOf(key);
  const user = { accessKeyId, secretAccessKey };
  const boundaryArn = `arn:aws:iam::${accountId}:policy/${boundaryName}`;

  const session = async (policy: readonly Statement[] | undefined): Promise<SigningKeys> => {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${accountId}:role/${RoleName}`,
        RoleSessionName: 'nightly',
        ...(policy && { Policy: policyText(policy) }),
      }),
    );
    return keysOf(Credentials);
  };

  return {
    async become({ caller, identity, boundary, session: sessionPolicy, resource, resourceKind }, policyBucket) {
      const ofRole = caller === 'session';
      if (identity) {
        const document = { PolicyName, PolicyDocument: policyText(identity) };
        await (ofRole
          ? iam.send(new PutRolePolicyCommand({ RoleName, ...document }))
          : iam.send(new PutUserPolicyCommand({ UserName, ...document })));
      }
      if (boundary) {
        await iam.send(new CreatePolicyCommand({ PolicyName: boundaryName, PolicyDocument: policyText(boundary) }));
        const limit = { PermissionsBoundary: boundaryArn };
        await (ofRole
          ? iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, ...limit }))
          : iam.send(new PutUserPermissionsBoundaryCommand({ UserName, ...limit })));
      }
      if (resource && resourceKind === 'trust') {
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: policyText(resource) }));
      } else if (resource) {
        await s3.send(new PutBucketPolicyCommand({ Bucket: policyBucket, Policy: policyText(resource) }));
      }
      if (caller === 'anonymous') return undefined;
      return ofRole ? session(sessionPolicy) : user;
    },
    async forget({ caller, identity, boundary, resource, resourceKind }) {
      const ofRole = caller === 'session';
      if (identity) {
        await (ofRole
          ? iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))
          : iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })));
      }
      if (boundary) {
        await (ofRole
          ? iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }))
          : iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName })));
        await iam.send(new DeletePolicyCommand({ PolicyArn: boundaryArn }));
      }
      if (resource && resourceKind === 'trust') {
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trustAccount }));
      }
    },
  };
}

function policyText(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
