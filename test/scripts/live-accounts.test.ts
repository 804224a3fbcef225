import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../../base/user-error.ts';
import { parseConfiguration } from '../../policies/configuration.ts';
import { checkLiveAccounts } from '../../scripts/live-accounts.ts';
import type { Stack } from '../../scripts/stack.ts';
import type { RunningSandbox } from '../../sandbox/sandbox.ts';
import type { SandboxStatus } from '../../sandbox/status.ts';
import { startPrivateSandbox } from '../support/private-sandbox.ts';

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

describe('S4: before the engine starts, up compares the configuration with the live Cloudflare account', () => {
  let running: RunningSandbox;

  beforeAll(async () => {
    running = await startPrivateSandbox();
  });

  afterAll(async () => {
    await running.stop();
  });

  const check = (accountId: string, sandbox: SandboxStatus) =>
    checkLiveAccounts({
      name: 'dev',
      configuration: parseConfiguration('dev', {
        environment: 'sandbox',
        providers: { r2: { accountId } },
        endpoints: { r2: { default: 'http://127.0.0.1:1' } },
      }),
      sandbox,
      projectDirectory: '/nowhere',
      stackFile: '/nowhere/Pulumi.dev.yaml',
    });

  test('the account of the token, with the permission groups that sluice knows, passes', async () => {
    const { status } = running;
    await expect(check(status.cloudflare.accountId, status)).resolves.toBeUndefined();
  });

  test('an account that the token does not see is refused, and the token is not repeated', async () => {
    const { status } = running;
    const error: unknown = await check('f'.repeat(32), status).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/CLOUDFLARE_API_TOKEN.*f{32} \(HTTP 40[34]\)/s);
    expect((error as UserError).message).not.toContain(status.cloudflare.apiToken);
  });

  test('an API that does not answer is named', async () => {
    const { status } = running;
    const silent = { ...status, cloudflare: { ...status.cloudflare, apiBaseUrl: 'http://127.0.0.1:1/client/v4' } };
    await expect(check(status.cloudflare.accountId, silent)).rejects.toThrow(/without an answer/);
  });

  test('a permission group that Cloudflare renamed is refused, and says what to do', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ success: true, result: [] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const apiBaseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { status } = running;
    const renamed = { ...status, cloudflare: { ...status.cloudflare, apiBaseUrl } };
    await expect(check(status.cloudflare.accountId, renamed)).rejects.toThrow(/is not there.*update sluice/s);
    server.close();
    server.closeAllConnections();
  });
});
