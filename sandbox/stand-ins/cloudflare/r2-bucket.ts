import { type Properties, type PropertyValue, text, withoutUnset } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import { pick } from './api-resource.ts';
import type { CloudflareCloud } from './cloud.ts';
import { bucketPath, bucketsPath, jurisdictionHeader } from './r2-path.ts';

/**
 * cloudflare.R2Bucket. The API takes camelCase and answers snake_case, and an update is a PATCH of headers alone.
 * A changed jurisdiction is planned in place, as in the real provider, and fails: the bucket is not there under another.
 */
export const r2Bucket: ResourceType<CloudflareCloud> = {
  token: 'cloudflare:index/r2Bucket:R2Bucket',

  // A hint, honoured only on a name's first creation: the provider plans with what the state holds.
  means: (property) => property === 'location',

  async create(cloud, inputs) {
    const found = await cloud.request({
      method: 'post',
      path: bucketsPath(inputs),
      headers: jurisdictionHeader(inputs),
      body: withoutUnset({
        name: inputs['name'],
        locationHint: inputs['location'],
        storageClass: inputs['storageClass'],
      }),
    });
    return { id: text(inputs, 'name'), outputs: { ...outputsOf(found, inputs), ...inputs } };
  },

  async read(cloud, id, state) {
    const known = { ...state, ...importedFrom(id) };
    const found = await cloud.requestIfThere({
      method: 'get',
      path: bucketPath(known, 'name'),
      headers: jurisdictionHeader(known),
    });
    return found === undefined ? undefined : { id: text(known, 'name'), outputs: outputsOf(found, known) };
  },

  async update(cloud, { inputs, state }) {
    const found = await cloud.request({
      method: 'patch',
      path: bucketPath(inputs, 'name'),
      headers: { ...jurisdictionHeader(inputs), 'cf-r2-storage-class': text(inputs, 'storageClass') },
    });
    return { ...outputsOf(found, state), ...inputs, ...pick(state, ['creationDate', 'location']) };
  },

  async delete(cloud, _id, state) {
    await cloud.request({ method: 'delete', path: bucketPath(state, 'name'), headers: jurisdictionHeader(state) });
  },
};

/** An import's id is `<account>/<bucket>/<jurisdiction>`. */
function importedFrom(id: string): Properties {
  const [accountId, name, jurisdiction] = id.split('/');
  return name === undefined ? {} : withoutUnset({ accountId, name, jurisdiction });
}

/** The jurisdiction is never taken from the answer, and a location that differs in case is the one it was. */
function outputsOf(found: Properties, state: Properties): Properties {
  return withoutUnset({
    accountId: state['accountId'],
    name: state['name'],
    jurisdiction: state['jurisdiction'] ?? 'default',
    creationDate: found['creation_date'],
    location: sameWord(found['location'], state['location']) ? state['location'] : found['location'],
    storageClass: found['storage_class'] ?? state['storageClass'],
  });
}

function sameWord(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  return typeof left === 'string' && typeof right === 'string' && left.toLowerCase() === right.toLowerCase();
}
