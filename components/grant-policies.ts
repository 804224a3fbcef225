import * as iam from '@pulumi/aws/iam/index.js';
import type * as pulumi from '@pulumi/pulumi';
import { iamPolicyPlan } from '../policies/dialects/iam-plan.ts';
import type { IamPolicyDocument } from '../policies/dialects/iam.ts';
import type { Grant } from '../policies/grant.ts';
import { iamManagedPolicyName, iamPath, iamPolicyName } from '../policies/names.ts';

/** Who gets a grant's policies. */
export interface GrantHolder {
  /** Of the user or role, and of every policy made for it. */
  readonly logicalName: string;
  /** Its name in IAM. */
  readonly name: string;
  readonly identity: iam.User | iam.Role;
}

/**
 * Gives a grant's policy to a user or role: inline where IAM's quota lets it be, else split into managed policies.
 * Returns what must exist before the holder holds the whole grant.
 */
export function giveGrant(grant: Grant, holder: GrantHolder, parent: pulumi.Resource): pulumi.Resource[] {
  const plan = iamPolicyPlan(grant, isUser(holder.identity) ? 'user' : 'role');
  if (plan.kind === 'inline') return [inlinePolicy(plan.policy, holder, parent)];
  return plan.policies.map((policy, index) => managedPolicy(policy, index + 1, holder, parent));
}

function inlinePolicy(
  document: IamPolicyDocument,
  { logicalName, identity }: GrantHolder,
  parent: pulumi.Resource,
): pulumi.Resource {
  const policy = { name: iamPolicyName, policy: JSON.stringify(document) };
  return isUser(identity)
    ? new iam.UserPolicy(logicalName, { ...policy, user: identity.name }, { parent })
    : new iam.RolePolicy(logicalName, { ...policy, role: identity.name }, { parent });
}

function managedPolicy(
  document: IamPolicyDocument,
  part: number,
  { logicalName, name, identity }: GrantHolder,
  parent: pulumi.Resource,
): pulumi.Resource {
  const partName = `${logicalName}-${part}`;
  const { arn: policyArn } = new iam.Policy(
    partName,
    { name: iamManagedPolicyName(name, part), path: iamPath, policy: JSON.stringify(document) },
    { parent },
  );
  return isUser(identity)
    ? new iam.UserPolicyAttachment(partName, { user: identity.name, policyArn }, { parent })
    : new iam.RolePolicyAttachment(partName, { role: identity.name, policyArn }, { parent });
}

function isUser(identity: iam.User | iam.Role): identity is iam.User {
  return iam.User.isInstance(identity);
}
