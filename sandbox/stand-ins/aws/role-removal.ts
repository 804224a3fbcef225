import type { IAM } from '@aws-sdk/client-iam';
import { gone, listed } from './foreign-parts.ts';

/** Takes the role out of every instance profile: DeleteRole refuses a member. */
export async function leaveInstanceProfiles(iam: IAM, RoleName: string): Promise<void> {
  const profiles = await listed(async () => (await iam.listInstanceProfilesForRole({ RoleName })).InstanceProfiles);
  for (const { InstanceProfileName } of profiles) {
    await gone(() => iam.removeRoleFromInstanceProfile({ RoleName, InstanceProfileName }));
  }
}

/** What `forceDetachPolicies` removes: every policy that somebody else gave the role. */
export async function detachPolicies(iam: IAM, RoleName: string): Promise<void> {
  const attached = await listed(async () => (await iam.listAttachedRolePolicies({ RoleName })).AttachedPolicies);
  for (const { PolicyArn } of attached) await gone(() => iam.detachRolePolicy({ RoleName, PolicyArn }));
  const inline = await listed(async () => (await iam.listRolePolicies({ RoleName })).PolicyNames);
  for (const PolicyName of inline) await gone(() => iam.deleteRolePolicy({ RoleName, PolicyName }));
}
