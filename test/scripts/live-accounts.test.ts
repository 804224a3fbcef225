import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../../base/user-error.ts';
import { parseConfiguration } from '../../policies/configuration.ts';
import { checkLiveAccounts } from '../../scripts/live-accounts.ts';
import type { Stack } from '../../scripts/stack.ts';
import type { SandboxStatus } from '../../sandbox/status.ts';

/** STS that answers as AWS would to the root user, whom the sandbox has not. */
function startSts(arn: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/xml');
    response.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
        `<Arn>${arn}</Arn><UserId>x</UserId><Account>${arn.split(':')[4] ?? ''}</Account>` +
        `</GetCallerIdentityResult><ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function stackAt(server: Server, accountId: string): Stack {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const configuration = parseConfiguration('dev', {
    environment: 'sandbox',
    providers: { aws: { accountId, region: 'eu-west-1' } },
    endpoints: { aws: { s3: endpoint, iam: endpoint, sts: endpoint } },
  });
  const aws = { endpoint, region: 'eu-west-1', accountId, accessKeyId: 'an id', secretAccessKey: 'a secret' };
  const sandbox = { aws } as SandboxStatus;
  return { name: 'dev', configuration, sandbox, projectDirectory: '/nowhere', stackFile: '/nowhere/Pulumi.dev.yaml' };
}

describe('S4: before the engine starts, up compares the configuration with the live account', () => {
  test.each([
    ['arn:aws:iam::123456789012:user/deployer', undefined],
    ['arn:aws:iam::123456789012:root', /root user.*IAM user or role/],
    ['arn:aws:iam::999999999999:user/deployer', /providers\.aws\.accountId.*123456789012.*999999999999/],
  ])('deploying as %s', async (arn, refusal) => {
    const server = await startSts(arn);
    const check = checkLiveAccounts(stackAt(server, '123456789012'));
    if (refusal === undefined) await expect(check).resolves.toBeUndefined();
    else {
      const error: unknown = await check.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(refusal);
      expect((error as UserError).message).not.toContain('a secret');
    }
    server.close();
    server.closeAllConnections();
  });
});
