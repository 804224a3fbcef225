import { inlinePolicy } from './inline-policy.ts';

/** aws.iam.UserPolicy. */
export const userPolicy = inlinePolicy({
  token: 'aws:iam/userPolicy:UserPolicy',
  holder: 'user',
  title: 'IAM User Policy',
  get: (iam, { holder, name }) => iam.getUserPolicy({ UserName: holder, PolicyName: name }),
  put: (iam, { holder, name }, PolicyDocument) =>
    iam.putUserPolicy({ UserName: holder, PolicyName: name, PolicyDocument }),
  remove: (iam, { holder, name }) => iam.deleteUserPolicy({ UserName: holder, PolicyName: name }),
});
