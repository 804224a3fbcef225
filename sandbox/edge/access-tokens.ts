import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import type { CryptoKey, JSONWebKeySet } from 'jose';
import { z } from 'zod';

/** The JSON web tokens of the team domain (Cloudflare docs: "Application token", "Validate JWTs"): RS256, by one key. */
export interface AccessTokens {
  /** `meta` of a login URL: tells the login page where the visitor came from. */
  signMeta(about: { readonly hostname: string; readonly aud: string; readonly path: string }): Promise<string>;
  /** `CF_Authorization` of a service token that was let in to the application `aud`. */
  signSession(about: { readonly aud: string; readonly clientId: string }): Promise<string>;
  /** The client id of the service token whose session this is; undefined for anything else. */
  sessionClientId(session: string, aud: string): Promise<string | undefined>;
  certificates(): Promise<JSONWebKeySet>;
}

const algorithm = 'RS256';
const sessionSeconds = 24 * 60 * 60;
const sessionSchema = z.looseObject({ type: z.literal('app'), common_name: z.string() });

/** Makes the key at its first use: most runs of the sandbox need none. `issuer()` is the team domain. */
export function accessTokens(issuer: () => string, now: () => Date): AccessTokens {
  const kid = randomUUID();
  let made: Promise<{ publicKey: CryptoKey; privateKey: CryptoKey }> | undefined;
  const keys = () => (made ??= generateKeyPair(algorithm));
  const sign = async (claims: Record<string, unknown>, expiresInSeconds: number): Promise<string> => {
    const issuedAt = Math.floor(now().getTime() / 1000);
    return new SignJWT({
      ...claims,
      iss: `https://${issuer()}`,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + expiresInSeconds,
    })
      .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
      .sign((await keys()).privateKey);
  };
  return {
    signMeta: ({ hostname, aud, path }) =>
      sign(
        { type: 'meta', aud, hostname, redirect_url: path, auth_status: 'NONE', service_token_status: false },
        5 * 60,
      ),
    signSession: ({ aud, clientId }) =>
      sign({ type: 'app', aud: [aud], sub: '', common_name: clientId }, sessionSeconds),
    async sessionClientId(session, aud) {
      if (made === undefined) return undefined;
      try {
        const { payload } = await jwtVerify(session, (await made).publicKey, {
          algorithms: [algorithm],
          audience: aud,
          issuer: `https://${issuer()}`,
          currentDate: now(),
        });
        return sessionSchema.parse(payload).common_name;
      } catch {
        return undefined;
      }
    },
    async certificates() {
      const { publicKey } = await keys();
      return { keys: [{ ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }] };
    },
  };
}
