import { type Properties, type PropertyValue, sameValue, text, withoutUnset } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import type { CloudflareCloud } from './cloud.ts';
import { bucketPath, jurisdictionHeader } from './r2-path.ts';

/** What Cloudflare sets where a program says nothing. */
const defaultMinTls = '1.0';

/** cloudflare.R2CustomDomain. A write does not tell the status, so the provider asks after each. It has no import. */
export const r2CustomDomain: ResourceType<CloudflareCloud> = {
  token: 'cloudflare:index/r2CustomDomain:R2CustomDomain',

  async create(cloud, inputs) {
    await cloud.request({
      method: 'post',
      path: domainsPath(inputs),
      headers: jurisdictionHeader(inputs),
      body: withoutUnset({
        domain: inputs['domain'],
        zoneId: inputs['zoneId'],
        enabled: inputs['enabled'],
        minTLS: inputs['minTls'],
        ciphers: inputs['ciphers'],
      }),
    });
    // The account and the zone: not unique, as in the real provider.
    const id = `${text(inputs, 'accountId')}__${text(inputs, 'zoneId')}`;
    return { id, outputs: { ...(await status(cloud, inputs)), ...inputs } };
  },

  async read(cloud, id, state) {
    const found = await get(cloud, state);
    if (found === undefined) return undefined;
    const outputs = withoutUnset({
      ...state,
      enabled: found['enabled'],
      minTls: told(found['minTLS'], state['minTls'], defaultMinTls),
      ciphers: told(found['ciphers'], state['ciphers'], []),
      status: found['status'],
      zoneName: found['zoneName'] ?? state['zoneName'],
    });
    return { id, outputs };
  },

  async update(cloud, { inputs, oldInputs }) {
    const wasSet = (name: string): boolean => (oldInputs[name] ?? null) !== null;
    await cloud.request({
      method: 'put',
      path: domainPath(inputs),
      headers: jurisdictionHeader(inputs),
      body: {
        enabled: inputs['enabled'] ?? true,
        ...(wasSet('minTls') || inputs['minTls'] ? { minTLS: inputs['minTls'] ?? null } : {}),
        ...(wasSet('ciphers') || inputs['ciphers'] ? { ciphers: inputs['ciphers'] ?? null } : {}),
      },
    });
    return { ...(await status(cloud, inputs)), ...inputs };
  },

  async delete(cloud, _id, state) {
    await cloud.request({ method: 'delete', path: domainPath(state), headers: jurisdictionHeader(state) });
  },
};

/**
 * A setting as the API tells it. Its own default where none was set counts as unset; and while the certificate service
 * is down the API tells no setting at all, so that the known one stays.
 */
function told(
  found: PropertyValue | undefined,
  known: PropertyValue | undefined,
  byDefault: PropertyValue,
): PropertyValue | undefined {
  const isDefault = (known ?? null) === null && sameValue(found, byDefault);
  return isDefault ? undefined : (found ?? known);
}

function domainsPath(properties: Properties): string {
  return `${bucketPath(properties, 'bucketName')}/domains/custom`;
}

function domainPath(properties: Properties): string {
  return `${domainsPath(properties)}/${encodeURIComponent(text(properties, 'domain'))}`;
}

function get(cloud: CloudflareCloud, properties: Properties): Promise<Properties | undefined> {
  return cloud.requestIfThere({
    method: 'get',
    path: domainPath(properties),
    headers: jurisdictionHeader(properties),
  });
}

async function status(cloud: CloudflareCloud, inputs: Properties): Promise<Properties> {
  const found = (await get(cloud, inputs)) ?? {};
  return withoutUnset({ status: found['status'], zoneName: found['zoneName'] });
}
