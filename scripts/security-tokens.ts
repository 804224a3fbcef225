import type { STSClient } from '@aws-sdk/client-sts';
import { UserError } from '../base/user-error.ts';
import type { AccessKeys } from '../engine/place.ts';
import { awsKeys } from './administrators.ts';
import type { Stack } from './stack.ts';

/** A client of STS that signs with `credentials`. */
export async function securityTokens(
  { configuration }: Pick<Stack, 'configuration'>,
  credentials: AccessKeys,
): Promise<STSClient> {
  // The SDKs are loaded where they are used: each takes longer to load than most commands take.
  const { STSClient: Client } = await import('@aws-sdk/client-sts');
  const region = configuration.providers.aws?.region ?? 'us-east-1';
  const endpoint = configuration.endpoints?.aws?.sts;
  return new Client({ region, credentials, ...(endpoint && { endpoint }) });
}

/** For requests that nobody signs: a token of GitHub is their proof. */
export const unsigned: AccessKeys = { accessKeyId: '', secretAccessKey: '' };

/** Who the deploying identity is on AWS. Throws `UserError` where STS does not know it. */
export async function callerIdentity(stack: Stack): Promise<{ readonly accountId: string; readonly arn: string }> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const client = await securityTokens(stack, await awsKeys(stack));
  try {
    const { Account: accountId = 'unknown', Arn: arn = '' } = await client.send(new GetCallerIdentityCommand());
    return { accountId, arn };
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
