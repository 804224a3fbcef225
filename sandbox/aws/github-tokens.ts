import { timingSafeEqual } from 'node:crypto';
import type { AwsAccount } from './account.ts';
import { jobToken } from './job-token.ts';
import { openTokenIssuer, type WebIdentityIssuer } from './web-identity-issuer.ts';

/** GitHub as a job meets it: tokens of OpenID Connect for whoever shows what only a job knows. */
export interface GithubTokens {
  /** Whether a request's `Authorization` is that of somebody who holds the sandbox's administrator key. */
  isJob(authorization: string | undefined): boolean;
  /** A token of the job that `subject` names (`repo:acme/media:environment:production`), made for `audience`. */
  mint(job: { readonly subject: string; readonly audience: string }): Promise<string>;
}

/** The sandbox's own GitHub for `account`. Its keys are made when the first token is asked for, and are new in every process. */
export function githubTokens(account: AwsAccount): GithubTokens {
  let issuer: Promise<WebIdentityIssuer> | undefined;
  return {
    isJob(authorization) {
      const expected = Buffer.from(`Bearer ${jobToken(account.administrator().secretAccessKey)}`);
      const given = Buffer.from(authorization ?? '');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    async mint({ subject, audience }) {
      const [, repository = ''] = subject.split(':');
      issuer ??= openTokenIssuer(account);
      return (await issuer).mint({ sub: subject, aud: audience, repository });
    },
  };
}
