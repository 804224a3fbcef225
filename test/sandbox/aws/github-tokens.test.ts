import { CreateOpenIDConnectProviderCommand } from '@aws-sdk/client-iam';
import { githubTokens } from '../../../sandbox/aws/github-tokens.ts';
import { jobToken } from '../../../sandbox/aws/job-token.ts';
import { githubIssuerUrl } from '../../../sandbox/aws/web-identity-issuer.ts';
import { verifyWebIdentity } from '../../../sandbox/aws/web-identity-token.ts';
import { type AwsEndpoint, startAwsEndpoint } from './aws-endpoint.ts';

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await startAwsEndpoint();
  const ClientIDList = ['sts.amazonaws.com'];
  await aws.iam().send(new CreateOpenIDConnectProviderCommand({ Url: githubIssuerUrl, ClientIDList }));
});
afterAll(() => aws.stop());

describe("S8: the sandbox's own GitHub", () => {
  const job = { subject: 'repo:acme/media:environment:production', audience: 'sts.amazonaws.com' };

  test('makes tokens that the account takes, for the job that is named', async () => {
    const github = githubTokens(aws.account);
    const identity = await verifyWebIdentity(aws.account, await github.mint(job));
    expect(identity).toMatchObject({ subject: job.subject, claims: { repository: 'acme/media' } });
    // The keys are made once: the first token still holds.
    await expect(verifyWebIdentity(aws.account, await github.mint(job))).resolves.toBeDefined();
  });

  test('knows a job by what only holders of the administrator key can derive', () => {
    const github = githubTokens(aws.account);
    const { secretAccessKey } = aws.account.administrator();
    expect(github.isJob(`Bearer ${jobToken(secretAccessKey)}`)).toBe(true);
    expect(github.isJob(`Bearer ${jobToken('another secret')}`)).toBe(false);
    expect(github.isJob(`Bearer ${secretAccessKey}`)).toBe(false);
    expect(github.isJob(undefined)).toBe(false);
  });
});
