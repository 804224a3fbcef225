import type { Credentials } from '@aws-sdk/client-sts';
import { UserError } from '../base/user-error.ts';
import type { AccessKeys } from '../engine/place.ts';
import { renderSessionPolicy } from '../policies/dialects/iam-trust.ts';
import type { Grant } from '../policies/grant.ts';
import { githubAudience, isTrustedPrincipal, type RoleIdentity } from '../policies/role-trust.ts';
import { askUntil } from '../proof/patience.ts';
import { awsKeys } from './administrators.ts';
import { githubJob, githubToken } from './github-job.ts';
import { callerIdentity, securityTokens, unsigned } from './security-tokens.ts';
import type { Stack } from './stack.ts';

/** A role of the stack, as deployed, and what it is for. */
export interface DeployedRole {
  readonly grant: Grant;
  readonly identity: RoleIdentity;
  readonly roleArn: string;
}

/** A role that nobody but jobs of GitHub trusts can be taken by nothing else; undefined where this process can try. */
export function onlyElsewhere(stack: Stack, { trust }: RoleIdentity): string | undefined {
  const [subject] = trust.githubSubjects;
  if (trust.principals.length > 0 || subject === undefined || githubJob(stack, subject)) return undefined;
  return `only a job of GitHub Actions can take its role (${trust.githubSubjects.join(', ')}): run this command there`;
}

/**
 * A session of a role, an hour long, that can do no more than its grant: taken by the deploying identity where the role trusts it,
 * else with the token of this job of GitHub Actions. Throws `UserError` for whom the role does not trust.
 */
export async function takeRole(stack: Stack, role: DeployedRole): Promise<AccessKeys> {
  const { principals, githubSubjects } = role.identity.trust;
  if (principals.length === 0) return takeAsJob(stack, role);
  const { arn } = await callerIdentity(stack);
  if (isTrustedPrincipal(arn, principals)) return takeAsDeployer(stack, role);
  const [subject] = githubSubjects;
  if (subject !== undefined && githubJob(stack, subject)) return takeAsJob(stack, role);
  throw new UserError({
    where: role.grant.access,
    what: `its role is not for ${arn}, which runs this command, but for ${[...principals, ...githubSubjects].join(', ')}`,
    fix: "add the user or role that runs it to the side's trust.principals and deploy, or run it as one of these",
  });
}

async function takeAsDeployer(stack: Stack, role: DeployedRole): Promise<AccessKeys> {
  const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
  const client = await securityTokens(stack, await awsKeys(stack));
  const command = new AssumeRoleCommand(sessionOf(role));
  return sessionKeys(role, () => client.send(command)).finally(() => client.destroy());
}

async function takeAsJob(stack: Stack, role: DeployedRole): Promise<AccessKeys> {
  const [subject = ''] = role.identity.trust.githubSubjects;
  const job = githubJob(stack, subject);
  if (job === undefined) {
    throw new UserError({
      where: role.grant.access,
      what: onlyElsewhere(stack, role.identity) ?? 'its role cannot be taken here',
      fix: 'or trust the identity that runs it: identity: role with trust.principals',
    });
  }
  const { AssumeRoleWithWebIdentityCommand } = await import('@aws-sdk/client-sts');
  const client = await securityTokens(stack, unsigned);
  return sessionKeys(role, async () =>
    client.send(
      new AssumeRoleWithWebIdentityCommand({
        ...sessionOf(role),
        WebIdentityToken: await githubToken(job, githubAudience),
      }),
    ),
  ).finally(() => client.destroy());
}

function sessionOf({ grant, roleArn }: DeployedRole) {
  const policy = renderSessionPolicy(grant);
  return {
    RoleArn: roleArn,
    // Whose requests these are, in the account's audit log.
    RoleSessionName: `sluice-${grant.access.replace('/', '-')}`,
    ...(policy && { Policy: JSON.stringify(policy) }),
  };
}

/** A new role, and a new principal in its trust policy, take IAM seconds to spread. */
const patienceSeconds = 15;

async function sessionKeys(
  { grant, roleArn }: DeployedRole,
  take: () => Promise<{ Credentials?: Credentials | undefined }>,
): Promise<AccessKeys> {
  const taken = await askUntil({
    ask: () => take().catch((error: unknown) => asError(error)),
    isDone: (answer) => !(answer instanceof Error) || answer.name !== 'AccessDenied',
    timeoutSeconds: patienceSeconds,
  });
  if (taken instanceof UserError) throw taken;
  if (taken instanceof Error) {
    throw new UserError({
      where: grant.access,
      what: `STS does not give a session of ${roleArn} (${taken.name}: ${taken.message})`,
      fix: 'look at the trust policy of the role as it is in AWS, and at policies that deny sts:AssumeRole; then deploy again',
      cause: taken,
    });
  }
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
  } = taken.Credentials ?? {};
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error(`STS gave no keys for ${roleArn}`);
  return { accessKeyId, secretAccessKey, sessionToken };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
