import { r2PermissionGroups } from '../../evaluator/r2-token.ts';
import { tokenPolicies } from '../cloudflare-tokens.ts';
import type { ResourceRule } from '../rule.ts';

/**
 * Permission groups that no job may hold, by id, since names are not unique (Cloudflare R2, "API tokens"; Cloudflare
 * API, "Create API token via the API").
 */
const adminGroups: ReadonlyMap<string, string> = new Map([
  [r2PermissionGroups.storageRead.id, `${r2PermissionGroups.storageRead.name} (Admin Read only)`],
  [r2PermissionGroups.storageWrite.id, `${r2PermissionGroups.storageWrite.name} (Admin Read & Write)`],
  ['45db74139a62490b9b60eb7c4f34994b', 'Workers R2 Data Catalog Read'],
  ['d229766a2f7f4d299f20eaa8c9b1fde9', 'Workers R2 Data Catalog Write'],
  ['f45430d92e2b4a6cb9f94f2594c141b8', 'Workers R2 SQL Read'],
  ['5bc3f8b21c554832afc660159ab75fa4', 'Account API Tokens Write (can make itself any other token)'],
]);

export const r2AdminPermissions: ResourceRule = {
  kind: 'resource',
  name: 'r2-admin-permissions',
  title: 'No Cloudflare token holds an admin or account-wide R2 permission',
  level: 'mandatory',
  requirements: ['R1', 'R4'],
  why: 'these permissions reach every bucket of the account, and make and delete buckets; a job needs the objects of one.',
  fix: `use ${r2PermissionGroups.bucketItemRead.name} (${r2PermissionGroups.bucketItemRead.id}) or ${r2PermissionGroups.bucketItemWrite.name} (${r2PermissionGroups.bucketItemWrite.id}) on one bucket.`,
  *check(resource) {
    for (const { place, groupIds } of tokenPolicies(resource)) {
      for (const id of groupIds) {
        const name = adminGroups.get(id);
        if (name !== undefined) yield { what: `${place} holds ${name}` };
      }
    }
  },
};
