import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { jobToken } from '../sandbox/aws/job-token.ts';
import type { Stack } from './stack.ts';

/**
 * Where a job of GitHub Actions asks for its own token (GitHub docs, "OpenID Connect reference"); in the sandbox the sandbox's
 * own GitHub, which makes anybody the job that `subject` names. Undefined outside a job.
 */
export function githubJob(
  { sandbox }: Pick<Stack, 'sandbox'>,
  subject: string,
  environment: NodeJS.ProcessEnv = process.env,
): GithubJob | undefined {
  if (sandbox) {
    const url = `${sandbox.control.url}/github-token?subject=${encodeURIComponent(subject)}`;
    return { url, bearer: jobToken(sandbox.aws.secretAccessKey) };
  }
  const url = environment['ACTIONS_ID_TOKEN_REQUEST_URL'];
  const bearer = environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
  return url && bearer ? { url, bearer } : undefined;
}

export interface GithubJob {
  readonly url: string;
  /** Secret. */
  readonly bearer: string;
}

const answerSchema = z.object({ value: z.string() });

/** The job's token for `audience`, which is a secret for five minutes. Throws `UserError` where GitHub gives none. */
export async function githubToken({ url, bearer }: GithubJob, audience: string): Promise<string> {
  const request = new URL(url);
  request.searchParams.append('audience', audience);
  try {
    const response = await fetch(request, { headers: { authorization: `Bearer ${bearer}` } });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return answerSchema.parse(await response.json()).value;
  } catch (cause) {
    // The cause names neither the token nor the address, which holds the job's own.
    throw new UserError({
      where: 'GitHub Actions',
      what: `gives no token for ${audience} (${cause instanceof Error ? cause.message : 'no answer'})`,
      fix: 'give the job `permissions: { id-token: write }`',
    });
  }
}
