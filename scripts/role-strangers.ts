import type { STSClient } from '@aws-sdk/client-sts';
import type { AccessKeys } from '../engine/place.ts';
import type { Slot } from '../policies/generation.ts';
import type { AccessName } from '../policies/grant.ts';
import { iamPath, iamUserName } from '../policies/names.ts';
import { githubAudience, type RoleIdentity } from '../policies/role-trust.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import type { Answer } from '../proof/report.ts';
import type { Stranger } from '../proof/strangers.ts';
import { keysOf } from './administrators.ts';
import { githubJob, githubToken } from './github-job.ts';
import type { DeployedRole } from './role-session.ts';
import { securityTokens, unsigned } from './security-tokens.ts';
import type { Stack } from './stack.ts';

/**
 * Those who must not become a role: a session of the role itself, which could otherwise live for ever; the stack's other
 * credentials; jobs of GitHub that the role does not name, which can be tried in the sandbox alone.
 */
export function strangersTo(
  stack: Stack,
  role: DeployedRole,
  { session, credentials }: { readonly session: AccessKeys; readonly credentials: CredentialsOutput },
): readonly Stranger[] {
  const asPrincipal = (who: string, keys: AccessKeys, because: string): Stranger => ({
    who,
    operation: 'AssumeRole',
    attempt: () => assume(stack, role, keys),
    because,
  });
  const others = Object.entries(credentials.migrations)
    .flatMap(([name, { source, destination }]) => [
      { access: `${name}/source` as const, credential: source?.current },
      { access: `${name}/destination` as const, credential: destination?.current },
    ])
    .flatMap(({ access, credential }) => {
      if (credential?.provider !== 'aws' || trusts(stack, role.identity, access, credential.slot)) return [];
      return [asPrincipal(`the user of ${access}`, keysOf(credential), 'the role does not trust this user')];
    });
  return [
    asPrincipal('a session of the role itself', session, 'a session cannot prolong itself'),
    ...others,
    ...jobsUntrustedBy(stack, role),
  ];
}

/** A role may be for another of the stack's own users. */
function trusts({ name: stack }: Stack, role: RoleIdentity, access: AccessName, slot: Slot): boolean {
  const user = `arn:${role.partition}:iam::${role.accountId}:user${iamPath}${iamUserName({ stack, access, slot })}`;
  return role.trust.principals.includes(user);
}

/** A repository that nobody has: GitHub's names do not begin with a hyphen. */
const strangersRepository = 'repo:-/-';

function jobsUntrustedBy(stack: Stack, role: DeployedRole): readonly Stranger[] {
  const [trusted] = role.identity.trust.githubSubjects;
  if (trusted === undefined) return [];
  const [, repository = ''] = /^(repo:[^:]+):/.exec(trusted) ?? [];
  return [
    jobUntrustedBy(stack, role, {
      who: 'a job of another repository',
      subject: trusted.replace(repository, strangersRepository),
    }),
    jobUntrustedBy(stack, role, {
      who: 'a job of another branch',
      subject: `${repository}:ref:refs/heads/sluice-smoke-stranger`,
    }),
  ];
}

function jobUntrustedBy(
  stack: Stack,
  role: DeployedRole,
  { who, subject }: { readonly who: string; readonly subject: string },
): Stranger {
  const operation = 'AssumeRoleWithWebIdentity';
  const job = stack.sandbox && githubJob(stack, subject);
  if (!job) return { who, operation, because: 'a job of GitHub Actions can show no other subject than its own' };
  const attempt = async () => assumeByToken(stack, role, await githubToken(job, githubAudience));
  return { who, operation, attempt, because: 'the role names other jobs' };
}

async function assume(stack: Stack, { roleArn: RoleArn }: DeployedRole, keys: AccessKeys): Promise<Answer> {
  const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
  return answerOf(stack, keys, (client) =>
    client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: strangersName })),
  );
}

async function assumeByToken(
  stack: Stack,
  { roleArn: RoleArn }: DeployedRole,
  WebIdentityToken: string,
): Promise<Answer> {
  const { AssumeRoleWithWebIdentityCommand } = await import('@aws-sdk/client-sts');
  const command = new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: strangersName, WebIdentityToken });
  return answerOf(stack, unsigned, (client) => client.send(command));
}

/** Whoever reads the account's audit log sees that this was a test. */
const strangersName = 'sluice-smoke-stranger';

async function answerOf(
  stack: Stack,
  keys: AccessKeys,
  send: (client: STSClient) => Promise<unknown>,
): Promise<Answer> {
  const client = await securityTokens(stack, keys);
  try {
    await send(client);
    return { status: 200 };
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
    return { status, ...(error instanceof Error && { code: error.name }) };
  } finally {
    client.destroy();
  }
}
