import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Jurisdiction } from '../../base/location.ts';
import { sha256Hex } from './account.ts';
import type { Token } from './state.ts';

/**
 * R2's temporary credentials (Cloudflare docs: "R2 > S3 > Temporary credentials"): a JWT that narrows a token down, signed
 * with the token's secret access key, so that whoever holds a key can make them without a call.
 */
export const permissions = ['admin-read-write', 'admin-read-only', 'object-read-write', 'object-read-only'] as const;
export type Permission = (typeof permissions)[number];

export const temporaryActions = [
  ...(['HeadObject', 'GetObject', 'GetBucketLocation', 'ListObjectsV1', 'ListObjectsV2'] as const),
  ...(['ListMultipartUploads', 'ListParts', 'PutObject', 'DeleteObject', 'DeleteObjects', 'CopyObject'] as const),
  ...(['CreateMultipartUpload', 'UploadPart', 'UploadPartCopy'] as const),
  ...(['AbortMultipartUpload', 'CompleteMultipartUpload'] as const),
] as const;

/** Seven days (Cloudflare docs: "R2 > S3 > Temporary credentials"). */
export const ttlSecondsMax = 604_800;

const paths = z.strictObject({
  prefixPaths: z.array(z.string()).default([]),
  objectPaths: z.array(z.string()).default([]),
});

const claimsSchema = z
  .strictObject({
    bucket: z.string().min(1),
    scope: z.enum(permissions).optional(),
    actions: z.array(z.enum(temporaryActions)).optional(),
    paths: paths.optional(),
    /** The account. */
    sub: z.string(),
    /** The parent's access key id. */
    iss: z.string(),
    /** The endpoint's host. */
    aud: z.union([z.string(), z.array(z.string())]),
    iat: z.int(),
    exp: z.int(),
    nbf: z.int().optional(),
    jti: z.string().optional(),
  })
  .refine(({ scope, actions }) => scope !== undefined || actions !== undefined, 'neither scope nor actions')
  .refine(({ iat, exp }) => exp > iat && exp - iat <= ttlSecondsMax, `not between 0 and ${ttlSecondsMax} seconds long`);
export type TemporaryClaims = z.infer<typeof claimsSchema>;

const headerSchema = z.object({ alg: z.literal('HS256'), typ: z.literal('JWT').optional() });

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Credentials with `claims`, derived from `parent`. */
export function issueTemporaryCredentials(parent: Token, claims: Omit<TemporaryClaims, 'iss'>): TemporaryCredentials {
  const encoded = [
    { alg: 'HS256', typ: 'JWT' },
    { ...claims, iss: parent.id },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signed = encoded.join('.');
  const jwt = `${signed}.${signature(parent, signed).toString('base64url')}`;
  return {
    accessKeyId: parent.id,
    secretAccessKey: sha256Hex(jwt),
    sessionToken: Buffer.from(`jwt/${jwt}`).toString('base64'),
  };
}

export interface Expected {
  readonly parent: Token;
  readonly accountId: string;
  /** Hosts that the endpoint answers to. */
  readonly hosts: readonly string[];
  readonly now: Date;
}

/** What a session token allows, and the secret that goes with it; what is wrong with it where it is not valid here and now. */
export function readSessionToken(
  sessionToken: string,
  { parent, accountId, hosts, now }: Expected,
): { readonly claims: TemporaryClaims; readonly secretAccessKey: string } | { readonly wrong: string } {
  const wrong = (what: string) => ({ wrong: `The session token is not valid: ${what}` });
  const decoded = Buffer.from(sessionToken, 'base64').toString();
  const jwt = decoded.startsWith('jwt/') ? decoded.slice('jwt/'.length) : undefined;
  const [header = '', payload = '', mac = '', ...more] = jwt?.split('.') ?? [];
  if (jwt === undefined || mac === '' || more.length > 0) return wrong('it holds no JWT.');
  if (!headerSchema.safeParse(parseEncoded(header)).success) return wrong('it is not signed by HS256.');
  const expected = signature(parent, `${header}.${payload}`);
  const given = Buffer.from(mac, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return wrong("its signature does not match the parent's secret.");
  }
  const claims = claimsSchema.safeParse(parseEncoded(payload));
  if (!claims.success) {
    const [issue] = claims.error.issues;
    return wrong(`claim ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`);
  }
  const { iss, sub, aud, exp, nbf = 0 } = claims.data;
  const nowSeconds = now.getTime() / 1000;
  if (iss !== parent.id) return wrong('its issuer is another key.');
  if (sub !== accountId) return wrong('its subject is another account.');
  if (![aud].flat().some((host) => hosts.includes(host))) return wrong('its audience is another endpoint.');
  if (exp <= nowSeconds || nbf > nowSeconds) return wrong('its time is over or has not come.');
  return { claims: claims.data, secretAccessKey: sha256Hex(jwt) };
}

/** `<ACCOUNT>.eu.r2.cloudflarestorage.com` (Cloudflare docs: "R2 > Data location"). */
export function r2Host(accountId: string, jurisdiction: Jurisdiction): string {
  return `${accountId}${jurisdiction === 'default' ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`;
}

/** The key is the parent's secret access key, as text. */
function signature(parent: Token, signed: string): Buffer {
  return createHmac('sha256', parent.valueSha256).update(signed).digest();
}

function parseEncoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
