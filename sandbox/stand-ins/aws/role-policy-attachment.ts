import { policyAttachment } from './policy-attachment.ts';

/** aws.iam.RolePolicyAttachment. */
export const rolePolicyAttachment = policyAttachment({
  token: 'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
  holder: 'role',
  title: 'IAM Role Policy',
  attach: (iam, { holder, policyArn }) => iam.attachRolePolicy({ RoleName: holder, PolicyArn: policyArn }),
  detach: (iam, { holder, policyArn }) => iam.detachRolePolicy({ RoleName: holder, PolicyArn: policyArn }),
  list: (iam, holder, marker) => iam.listAttachedRolePolicies({ RoleName: holder, ...marker }),
});
