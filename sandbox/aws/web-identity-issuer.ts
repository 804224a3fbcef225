import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JWTPayload } from 'jose';
import type { AwsAccount } from './account.ts';

/** Where GitHub Actions' tokens come from (GitHub docs, "OpenID Connect reference"). */
export const githubIssuerUrl = 'https://token.actions.githubusercontent.com';

export interface WebIdentityIssuer {
  readonly url: string;
  /** A token with these claims; `iss`, `iat`, `nbf` and `exp` (5 minutes from `at`) are added. */
  mint(claims: JWTPayload, at?: Date): Promise<string>;
}

/**
 * An issuer of the sandbox's own, for trying roles that trust web identities: its fresh keys are registered with
 * `account`, in place of those that `url` had, and its tokens hold there only.
 */
export async function openTokenIssuer(account: AwsAccount, url = githubIssuerUrl): Promise<WebIdentityIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = crypto.randomUUID();
  const key = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  await account.registerTokenIssuer({ url, keys: [key] });
  return {
    url,
    mint(claims, at = account.now()) {
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setIssuer(url)
        .setIssuedAt(at)
        .setNotBefore(at)
        .setExpirationTime(new Date(at.getTime() + tokenSeconds * 1000))
        .sign(privateKey);
    },
  };
}

const tokenSeconds = 300;

/** The claims that policies ask for, of a GitHub Actions job on a branch of `repository` (`OWNER/NAME`). */
export function githubClaims({ repository, ref }: { readonly repository: string; readonly ref: string }): JWTPayload {
  const [repository_owner = ''] = repository.split('/');
  return {
    aud: 'sts.amazonaws.com',
    sub: `repo:${repository}:ref:${ref}`,
    repository,
    repository_owner,
    ref,
    event_name: 'push',
    runner_environment: 'github-hosted',
  };
}
