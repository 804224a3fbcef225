import { policyAttachment } from './policy-attachment.ts';

/** aws.iam.UserPolicyAttachment. */
export const userPolicyAttachment = policyAttachment({
  token: 'aws:iam/userPolicyAttachment:UserPolicyAttachment',
  holder: 'user',
  title: 'IAM User Policy',
  attach: (iam, { holder, policyArn }) => iam.attachUserPolicy({ UserName: holder, PolicyArn: policyArn }),
  detach: (iam, { holder, policyArn }) => iam.detachUserPolicy({ UserName: holder, PolicyArn: policyArn }),
  list: (iam, holder, marker) => iam.listAttachedUserPolicies({ UserName: holder, ...marker }),
});
