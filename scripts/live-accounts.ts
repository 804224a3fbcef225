import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { r2PermissionGroups } from '../policies/evaluator/r2-token.ts';
import { awsKeys, cloudflareApi, deployToken } from './administrators.ts';
import type { Stack } from './stack.ts';

/**
 * Compares what the configuration says of the accounts with the accounts themselves, before the engine starts: policies
 * are rendered from configuration and constants alone, so a wrong account would deploy cleanly and grant nothing.
 * Throws `UserError` for another account, for root, and for permission groups that Cloudflare has changed.
 */
export async function checkLiveAccounts(stack: Stack): Promise<void> {
  const { aws, r2 } = stack.configuration.providers;
  await Promise.all([aws && checkAws(stack, aws.accountId), r2 && checkCloudflare(stack, r2.accountId)]);
}

async function checkAws(stack: Stack, accountId: string): Promise<void> {
  const { Account: account, Arn: arn } = await callerIdentity(stack);
  if (account !== accountId) {
    throw new UserError({
      where: 'providers.aws.accountId',
      what: `is ${accountId}, but these AWS credentials belong to account ${account ?? 'unknown'}`,
      fix: 'use credentials of that account, or correct the configuration',
    });
  }
  if (arn?.endsWith(':root')) {
    throw new UserError({
      where: 'AWS credentials',
      what: `they are the root user's (${arn})`,
      fix: 'deploy as an IAM user or role: docs/accounts.md has the policy it needs',
    });
  }
}

async function callerIdentity(stack: Stack) {
  const region = stack.configuration.providers.aws?.region ?? 'us-east-1';
  const endpoint = stack.configuration.endpoints?.aws?.sts;
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({ region, credentials: await awsKeys(stack), ...(endpoint && { endpoint }) });
  try {
    return await client.send(new GetCallerIdentityCommand());
  } catch (cause) {
    throw new UserError({
      where: 'AWS credentials',
      what: `STS refuses them (${cause instanceof Error ? cause.name : 'unknown error'})`,
      fix: 'renew them, and look at the clock of this machine',
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
