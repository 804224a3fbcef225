import type { SandboxStatus } from '../../sandbox/status.ts';
import { orphanSettler } from '../../scripts/settle-orphans.ts';
import type { PulumiProject } from '../../scripts/stack.ts';
import type { PulumiWorkspace } from '../../toolchain/run-pulumi.ts';

const project: PulumiProject = {
  name: 'dev',
  projectDirectory: '/nowhere',
  sandbox: { aws: { accountId: '000000000000' } } as SandboxStatus,
};
const settle = orphanSettler(project, {} as PulumiWorkspace);

describe('a creation that was cut short is looked for', () => {
  test.each([
    ['aws:iam/user:User', { name: 'media-a' }, 'media-a'],
    ['aws:iam/role:Role', { name: 'media' }, 'media'],
    ['aws:iam/policy:Policy', { name: 'media-1', path: '/sluice/' }, 'arn:aws:iam::000000000000:policy/sluice/media-1'],
    [
      'aws:iam/openIdConnectProvider:OpenIdConnectProvider',
      { url: 'https://issuer.example.com' },
      'arn:aws:iam::000000000000:oidc-provider/issuer.example.com',
    ],
    // Made again, it is the same: IAM takes a policy that is attached already.
    ['aws:iam/rolePolicyAttachment:RolePolicyAttachment', { role: 'media', policyArn: 'arn' }, undefined],
  ])('%s', async (type, inputs, id) => {
    const urn = `urn:pulumi:dev::sluice::${type}::media`;
    expect(await settle({ kind: 'creating', urn, type, inputs })).toBe(id);
  });
});
