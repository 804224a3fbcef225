import { z } from 'zod';
import type { CloudflareAccount } from './account.ts';
import { belongsTo, livingBucket, managedDomain, settingsOf, settingsToChange } from './bucket-settings.ts';
import { bucketOf } from './buckets.ts';
import { ApiError, optional, parseBody } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import type { AccountState, CustomDomain } from './state.ts';

/** A bucket's public hostnames: custom domains and r2.dev (Cloudflare docs: "R2 > Public buckets"). */
const base = '/accounts/:account/r2/buckets/:bucket/domains';

export const domainEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: `${base}/custom`, needs: 'write storage', run: attach },
  { method: 'GET', path: `${base}/custom`, needs: 'read storage', run: list },
  { method: 'GET', path: `${base}/custom/:domain`, needs: 'read storage', run: get },
  { method: 'PUT', path: `${base}/custom/:domain`, needs: 'write storage', run: change },
  { method: 'DELETE', path: `${base}/custom/:domain`, needs: 'write storage', run: detach },
  { method: 'GET', path: `${base}/managed`, needs: 'read storage', run: getManaged },
  { method: 'PUT', path: `${base}/managed`, needs: 'write storage', run: changeManaged },
];

const domainsPerBucketMax = 50; // Cloudflare docs: "R2 > Limits"

const settings = {
  minTLS: optional(z.enum(['1.0', '1.1', '1.2', '1.3'])),
  ciphers: optional(z.array(z.string())),
};
const hostname = z
  .string()
  .toLowerCase()
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$/, 'not a hostname');
const attachBody = z.strictObject({ domain: hostname, zoneId: z.string(), enabled: z.boolean(), ...settings });
const changeBody = z.strictObject({ enabled: optional(z.boolean()), ...settings });
const managedBody = z.strictObject({ enabled: z.boolean() });

/** The bucket is public on the hostname from now on, unless an Access application covers it. */
async function attach(call: Call): Promise<Answer> {
  const { account, body, now } = call;
  const { jurisdiction, bucket } = bucketOf(call);
  const wanted = parseBody(attachBody, body, 'r2');
  const zone = account.zones.find(({ id }) => id === wanted.zoneId);
  if (zone === undefined) {
    throw new ApiError({ status: 403, code: 9109, message: 'Unauthorized to access requested resource' });
  }
  if (wanted.domain !== zone.name && !wanted.domain.endsWith(`.${zone.name}`)) {
    throw new ApiError({ status: 400, code: 10001, message: `The zone ${zone.name} does not hold ${wanted.domain}` });
  }
  const domain: CustomDomain = {
    hostname: wanted.domain,
    jurisdiction,
    bucket: bucket.name,
    bucketCreatedAt: bucket.createdAt.toISOString(),
    zoneId: zone.id,
    enabled: wanted.enabled,
    minTls: wanted.minTLS ?? '1.0',
    ciphers: wanted.ciphers ?? [],
    attachedAt: now.toISOString(),
  };
  await account.update((draft) => {
    // Domains of buckets that were deleted through S3 no longer hold their hostname.
    draft.customDomains = draft.customDomains.filter((other) => livingBucket(account, other) !== undefined);
    if (draft.customDomains.some((other) => other.hostname === domain.hostname)) {
      throw new ApiError({ status: 409, code: 10073, message: `${domain.hostname} is already attached to a bucket` });
    }
    if (draft.customDomains.filter((other) => belongsTo(other, jurisdiction, bucket)).length >= domainsPerBucketMax) {
      throw new ApiError({
        status: 400,
        code: 10001,
        message: `A bucket has ${domainsPerBucketMax} custom domains at most`,
      });
    }
    draft.customDomains.push(domain);
  });
  return { result: { ...brief(domain), zoneId: zone.id } };
}

function list(call: Call): Answer {
  const { jurisdiction, bucket } = bucketOf(call);
  const domains = call.account.state.customDomains.filter((domain) => belongsTo(domain, jurisdiction, bucket));
  return { result: { domains: domains.map((domain) => withStatus(call, domain)) } };
}

function get(call: Call): Answer {
  return { result: withStatus(call, find(call, call.account.state)) };
}

async function change(call: Call): Promise<Answer> {
  const { enabled, minTLS, ciphers } = parseBody(changeBody, call.body, 'r2');
  const domain = await call.account.update((draft) => {
    const existing = find(call, draft);
    existing.enabled = enabled ?? existing.enabled;
    existing.minTls = minTLS ?? existing.minTls;
    existing.ciphers = ciphers ?? existing.ciphers;
    return existing;
  });
  return { result: brief(domain) };
}

async function detach(call: Call): Promise<Answer> {
  const { hostname: domain } = await call.account.update((draft) => {
    const existing = find(call, draft);
    draft.customDomains.splice(draft.customDomains.indexOf(existing), 1);
    return existing;
  });
  return { result: { domain } };
}

function getManaged(call: Call): Answer {
  const { jurisdiction, bucket } = bucketOf(call);
  const enabled = settingsOf(call.account.state, jurisdiction, bucket)?.managedDomainEnabled ?? false;
  return { result: { ...managedDomain(jurisdiction, bucket), enabled } };
}

async function changeManaged(call: Call): Promise<Answer> {
  const { jurisdiction, bucket } = bucketOf(call);
  const { enabled } = parseBody(managedBody, call.body, 'r2');
  await call.account.update((draft) => {
    settingsToChange(draft, jurisdiction, bucket).managedDomainEnabled = enabled;
  });
  return getManaged(call);
}

/** Whether the edge serves the domain yet. */
export function isActive(account: CloudflareAccount, domain: CustomDomain, now: Date): boolean {
  return now.getTime() >= Date.parse(domain.attachedAt) + account.domainActivationMs;
}

/** The certificate is first initializing, then pending, each for half of the time to activation. */
function statusOf(account: CloudflareAccount, domain: CustomDomain, now: Date): { ownership: string; ssl: string } {
  if (isActive(account, domain, now)) return { ownership: 'active', ssl: 'active' };
  const half = Date.parse(domain.attachedAt) + account.domainActivationMs / 2;
  return { ownership: 'pending', ssl: now.getTime() < half ? 'initializing' : 'pending' };
}

function brief({ hostname: domain, enabled, minTls, ciphers }: CustomDomain): Record<string, unknown> {
  return { domain, enabled, minTLS: minTls, ciphers };
}

function withStatus({ account, now }: Call, domain: CustomDomain): Record<string, unknown> {
  const zoneName = account.zones.find(({ id }) => id === domain.zoneId)?.name;
  return { ...brief(domain), status: statusOf(account, domain, now), zoneId: domain.zoneId, zoneName };
}

function find(call: Call, state: AccountState): CustomDomain {
  const { jurisdiction, bucket } = bucketOf(call);
  const wanted = call.parameter('domain').toLowerCase();
  const domain = state.customDomains.find(
    (other) => other.hostname === wanted && belongsTo(other, jurisdiction, bucket),
  );
  if (domain === undefined) {
    throw new ApiError({ status: 404, code: 10001, message: `${wanted} is not attached to this bucket` });
  }
  return domain;
}
