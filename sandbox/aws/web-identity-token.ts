import { createLocalJWKSet, decodeJwt, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload } from 'jose';
import type { AwsAccount } from './account.ts';
import type { OidcProvider } from './account-state.ts';
import { QueryError } from './query-error.ts';

export interface WebIdentity {
  readonly provider: OidcProvider;
  readonly audience: string;
  readonly subject: string;
  /** Those that conditions can ask for: texts, and lists of texts. */
  readonly claims: Readonly<Record<string, string | string[]>>;
}

/** What AWS accepts, symmetric keys being out of the question (IAM user guide, "OIDC federation"). */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/**
 * Verifies a token against the account's OpenID Connect providers and the registered keys of its issuer. Throws
 * `InvalidIdentityToken` for an issuer, a signature or an audience that is not accepted, `ExpiredTokenException`.
 */
export async function verifyWebIdentity(account: AwsAccount, token: string): Promise<WebIdentity> {
  const issuer = issuerOf(token);
  const provider = account.state.oidcProviders.find(({ url }) => `https://${url}` === issuer.replace(/\/$/, ''));
  if (provider === undefined) throw invalid(`No OpenIDConnect provider found in your account for ${issuer}`);
  const keys = account.state.tokenIssuers.find(({ url }) => url === issuer)?.keys;
  if (keys === undefined) throw invalid("Couldn't retrieve verification key from your identity provider");
  const payload = await verified(token, { keys }, issuer, account.now());
  const { sub: subject, aud } = payload;
  // A token for one client that lists several audiences names the client in `azp`.
  const named = typeof payload['azp'] === 'string' ? payload['azp'] : typeof aud === 'string' ? aud : aud?.[0];
  if (subject === undefined || named === undefined) throw invalid('The token lacks a subject or an audience');
  if (!provider.clientIds.includes(named)) throw invalid('Incorrect token audience');
  return { provider, audience: named, subject, claims: { ...textClaims(payload), aud: named } };
}

function issuerOf(token: string): string {
  try {
    const { iss } = decodeJwt(token);
    if (iss !== undefined) return iss;
  } catch {
    // The text below says all there is to say of a token that cannot be read.
  }
  throw invalid('The ID Token provided is not a valid JWT.');
}

async function verified(token: string, keys: JSONWebKeySet, issuer: string, now: Date): Promise<JWTPayload> {
  try {
    const verification = { issuer, algorithms, currentDate: now, requiredClaims: ['exp', 'iat', 'sub', 'aud'] };
    return (await jwtVerify(token, createLocalJWKSet(keys), verification)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      const message = 'Token expired: current date/time must be before the expiration date/time';
      throw new QueryError('ExpiredTokenException', message);
    }
    if (error instanceof errors.JOSEError) throw invalid(`The web identity token cannot be verified: ${error.message}`);
    throw error;
  }
}

function textClaims(payload: JWTPayload): Record<string, string | string[]> {
  const claims: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(payload)) {
    if (isText(value) || (Array.isArray(value) && value.every(isText))) claims[name] = value;
  }
  return claims;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function invalid(message: string): QueryError {
  return new QueryError('InvalidIdentityToken', message);
}
