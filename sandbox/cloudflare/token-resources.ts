import type { Jurisdiction } from '../../base/location.ts';

/** What one entry of a token policy's `resources` names, whatever its spelling. */
export type TokenResource =
  | { readonly kind: 'account'; readonly accountId: string }
  | { readonly kind: 'zone'; readonly zoneId: string }
  | { readonly kind: 'every-zone'; readonly accountId: string }
  | {
      readonly kind: 'bucket';
      readonly accountId: string;
      readonly jurisdiction: Jurisdiction;
      readonly bucket: string;
    }
  | { readonly kind: 'every-bucket'; readonly accountId: string };

/** `resources` on the wire: `{ key: "*" }` or, for all of one kind in an account, `{ key: { key: "*" } }`. */
export type WireResources = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const accountKey = /^com\.cloudflare\.api\.account\.([0-9a-f]{32})$/;
const zoneKey = /^com\.cloudflare\.api\.account\.zone\.([0-9a-f]{32})$/;
const bucketKey = /^com\.cloudflare\.edge\.r2\.bucket\.([0-9a-f]{32})_(default|eu|us|fedramp)_([a-z0-9][a-z0-9-]+)$/;

/**
 * The things that `resources` names, and the keys that name nothing Cloudflare knows: a wildcard over buckets, for
 * instance, stands inside its account, never at the top. Cloudflare docs: "Create API token via the API", "R2 > API tokens".
 */
export function parseResources(resources: WireResources): { resources: TokenResource[]; unknownKeys: string[] } {
  const parsed: TokenResource[] = [];
  const unknownKeys: string[] = [];
  for (const [key, value] of Object.entries(resources)) {
    if (typeof value === 'string') {
      const resource = value === '*' ? parseKey(key) : undefined;
      if (resource) parsed.push(resource);
      else unknownKeys.push(key);
      continue;
    }
    const accountId = accountKey.exec(key)?.[1];
    for (const [inner, innerValue] of Object.entries(value)) {
      const resource = accountId && innerValue === '*' ? parseKeyInAccount(inner, accountId) : undefined;
      if (resource) parsed.push(resource);
      else unknownKeys.push(`${key} > ${inner}`);
    }
  }
  return { resources: parsed, unknownKeys };
}

function parseKey(key: string): TokenResource | undefined {
  const [, accountId] = accountKey.exec(key) ?? [];
  if (accountId) return { kind: 'account', accountId };
  const [, zoneId] = zoneKey.exec(key) ?? [];
  if (zoneId) return { kind: 'zone', zoneId };
  const [, owner, jurisdiction, bucket] = bucketKey.exec(key) ?? [];
  if (!owner || !bucket) return undefined;
  return { kind: 'bucket', accountId: owner, jurisdiction: jurisdiction as Jurisdiction, bucket };
}

function parseKeyInAccount(key: string, accountId: string): TokenResource | undefined {
  if (key === 'com.cloudflare.edge.r2.bucket.*') return { kind: 'every-bucket', accountId };
  if (key === 'com.cloudflare.api.account.zone.*') return { kind: 'every-zone', accountId };
  return parseKey(key);
}
