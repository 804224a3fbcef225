import { inlinePolicy } from './inline-policy.ts';

/** aws.iam.RolePolicy. */
export const rolePolicy = inlinePolicy({
  token: 'aws:iam/rolePolicy:RolePolicy',
  holder: 'role',
  title: 'IAM Role Policy',
  get: (iam, { holder, name }) => iam.getRolePolicy({ RoleName: holder, PolicyName: name }),
  put: (iam, { holder, name }, PolicyDocument) =>
    iam.putRolePolicy({ RoleName: holder, PolicyName: name, PolicyDocument }),
  remove: (iam, { holder, name }) => iam.deleteRolePolicy({ RoleName: holder, PolicyName: name }),
});
