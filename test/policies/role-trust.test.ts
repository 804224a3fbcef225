import { isTrustedPrincipal } from '../../policies/role-trust.ts';

const role = 'arn:aws:iam::123456789012:role/ci/deploy';
const user = 'arn:aws:iam::123456789012:user/ann';

describe('S8: a caller is one of the principals', () => {
  test.each([
    ['as the user itself', user, true],
    [
      'as a session of the role, which AWS names without its path',
      'arn:aws:sts::123456789012:assumed-role/deploy/ci',
      true,
    ],
    ['not as a session of another role', 'arn:aws:sts::123456789012:assumed-role/redeploy/ci', false],
    ['not as a session of that role in another account', 'arn:aws:sts::999999999999:assumed-role/deploy/ci', false],
    ['not as a user of the role’s name', 'arn:aws:iam::123456789012:user/deploy', false],
    ['not as another user', `${user}a`, false],
  ])('%s', (_name, caller, trusted) => {
    expect(isTrustedPrincipal(caller, [role, user])).toBe(trusted);
  });
});
