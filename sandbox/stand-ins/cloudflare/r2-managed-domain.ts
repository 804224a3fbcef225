import { type Properties, text, withoutUnset } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import type { CloudflareCloud } from './cloud.ts';
import { bucketPath, jurisdictionHeader } from './r2-path.ts';

/**
 * cloudflare.R2ManagedDomain: the r2.dev switch. As in the real provider a read asks nothing, so that a switch turned
 * by hand is no drift, and a deletion calls nothing, so that it stays as it was.
 */
export const r2ManagedDomain: ResourceType<CloudflareCloud> = {
  token: 'cloudflare:index/r2ManagedDomain:R2ManagedDomain',

  async create(cloud, inputs) {
    // The account alone: not unique, as in the real provider.
    return { id: text(inputs, 'accountId'), outputs: await put(cloud, inputs) };
  },

  read: (_cloud, id, state) => Promise.resolve({ id, outputs: state }),

  update: (cloud, { inputs }) => put(cloud, inputs),

  delete: () => Promise.resolve(),
};

async function put(cloud: CloudflareCloud, inputs: Properties): Promise<Properties> {
  const found = await cloud.request({
    method: 'put',
    path: `${bucketPath(inputs, 'bucketName')}/domains/managed`,
    headers: jurisdictionHeader(inputs),
    body: withoutUnset({ enabled: inputs['enabled'] }),
  });
  return { ...withoutUnset({ bucketId: found['bucketId'], domain: found['domain'] }), ...inputs };
}
