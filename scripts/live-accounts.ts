import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { githubProviderArn } from '../policies/dialects/iam-trust.ts';
import { r2PermissionGroups } from '../policies/evaluator/r2-token.ts';
import { githubAudience, githubIssuerHost } from '../policies/role-trust.ts';
import { awsKeys, cloudflareApi, deployToken } from './administrators.ts';
import { callerIdentity } from './security-tokens.ts';
import type { Stack } from './stack.ts';

/**
 * Compares what the configuration says of the accounts with the accounts themselves, before the engine starts: policies
 * are rendered from configuration and constants alone, so a wrong account would deploy cleanly and grant nothing.
 * Throws `UserError` for another account, for root, for permission groups that Cloudflare has changed, and where roles trust
 * GitHub in an account that does not take its tokens.
 */
export async function checkLiveAccounts(stack: Stack): Promise<void> {
  const { aws, r2 } = stack.configuration.providers;
  await Promise.all([aws && checkAws(stack, aws.accountId), r2 && checkCloudflare(stack, r2.accountId)]);
}

async function checkAws(stack: Stack, accountId: string): Promise<void> {
  const caller = await callerIdentity(stack);
  if (caller.accountId !== accountId) {
    throw new UserError({
      where: 'providers.aws.accountId',
      what: `is ${accountId}, but these AWS credentials belong to account ${caller.accountId}`,
      fix: 'use credentials of that account, or correct the configuration',
    });
  }
  if (caller.arn.endsWith(':root')) {
    throw new UserError({
      where: 'AWS credentials',
      what: `they are the root user's (${caller.arn})`,
      fix: 'deploy as an IAM user or role: docs/accounts.md has the policy it needs',
    });
  }
  await checkGithubProvider(stack);
}

/** A role may name a provider that is not there: IAM takes it, and no job of GitHub ever gets in. */
async function checkGithubProvider(stack: Stack): Promise<void> {
  const { aws } = stack.configuration.providers;
  const trusting = stack.configuration.migrations.flatMap(({ source, destination }) =>
    [source.role, destination.role].filter((role) => role !== undefined && role.trust.githubSubjects.length > 0),
  );
  if (aws === undefined || trusting.length === 0 || aws.githubOidcProvider === 'create') return;
  const audiences = await audiencesOf(stack, githubProviderArn(aws));
  if (audiences?.includes(githubAudience)) return;
  throw new UserError({
    where: `AWS account ${aws.accountId}`,
    what:
      audiences === undefined
        ? `has no OpenID Connect provider for ${githubIssuerHost}, which roles of this stack trust`
        : `takes no tokens of ${githubIssuerHost} made for ${githubAudience}`,
    fix: 'write providers.aws.githubOidcProvider: create in one stack of the account, or make the provider by hand (docs/identity.md)',
  });
}

/** For whom the account takes an issuer's tokens; undefined where it has no provider of that ARN. */
async function audiencesOf(stack: Stack, arn: string): Promise<readonly string[] | undefined> {
  const { IAMClient, GetOpenIDConnectProviderCommand } = await import('@aws-sdk/client-iam');
  const endpoint = stack.configuration.endpoints?.aws?.iam;
  const client = new IAMClient({
    // The sandbox signs for the one region of IAM; the public endpoints' rules choose theirs by the partition.
    region: endpoint ? 'us-east-1' : (stack.configuration.providers.aws?.region ?? 'us-east-1'),
    credentials: await awsKeys(stack),
    ...(endpoint && { endpoint }),
  });
  try {
    const { ClientIDList = [] } = await client.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    );
    return ClientIDList;
  } catch (cause) {
    if (cause instanceof Error && cause.name.startsWith('NoSuchEntity')) return undefined;
    throw new UserError({
      where: arn,
      what: `cannot be read (${cause instanceof Error ? cause.name : 'unknown error'})`,
      fix: 'let the deploying identity call iam:GetOpenIDConnectProvider on it',
      cause,
    });
  } finally {
    client.destroy();
  }
}

async function checkCloudflare(stack: Stack, accountId: string): Promise<void> {
  const groups = await permissionGroups(stack, accountId);
  for (const expected of [r2PermissionGroups.bucketItemRead, r2PermissionGroups.bucketItemWrite]) {
    const found = groups.find(({ id }) => id === expected.id);
    if (found?.name === expected.name && found.scopes.includes(expected.scope)) continue;
    throw new UserError({
      where: `Cloudflare permission group ${expected.id}`,
      what: `should be "${expected.name}" in scope ${expected.scope}, but is ${found === undefined ? 'not there' : `"${found.name}"`}`,
      fix: 'Cloudflare changed its groups: update sluice before you deploy',
    });
  }
}

/** The answer of `GET /accounts/{account_id}/tokens/permission_groups`, which comes in one page. */
const permissionGroupsSchema = z.object({
  result: z.array(z.object({ id: z.string(), name: z.string(), scopes: z.array(z.string()).default([]) })),
});

/** One request by itself: Cloudflare's client would load 1,166 modules for it, in every deploy. */
async function permissionGroups(stack: Stack, accountId: string) {
  const url = `${cloudflareApi(stack)}/accounts/${accountId}/tokens/permission_groups`;
  const authorization = `Bearer ${deployToken(stack)}`;
  const refused = (how: string, cause?: unknown) =>
    new UserError({
      where: 'CLOUDFLARE_API_TOKEN',
      what: `Cloudflare does not let it see account ${accountId} (${how})`,
      fix: 'compare providers.r2.accountId with the account of the token; docs/accounts.md says which permissions it needs',
      cause,
    });
  const answer = await fetch(url, { headers: { authorization } }).catch((cause: unknown) => {
    throw refused('without an answer', cause);
  });
  if (!answer.ok) throw refused(`HTTP ${answer.status}`);
  return permissionGroupsSchema.parse(await answer.json()).result;
}
