/**
 * The permission groups this account knows. Ids are the same in every Cloudflare account; names are not unique (the
 * zone-scope twins of Access), so a look-up needs the scope too. Cloudflare docs: "API token permissions", "R2 > API
 * tokens".
 */
export const scopes = {
  account: 'com.cloudflare.api.account',
  zone: 'com.cloudflare.api.account.zone',
  bucket: 'com.cloudflare.edge.r2.bucket',
} as const;
export type Scope = keyof typeof scopes;

export interface PermissionGroup {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly category: 'developer_platform' | 'cloudflare_one_and_zero_trust' | 'account_and_billing' | 'dns_and_zones';
}

/** The groups that code here decides by; all others only exist to be listed and minted. */
export const groupIds = {
  tokensRead: 'eb56a6953c034b9d97dd838155666f06',
  tokensWrite: '5bc3f8b21c554832afc660159ab75fa4',
  storageRead: 'b4992e1108244f5d8bfbd5744320c2e1',
  storageWrite: 'bf7481a1826f439697cb59a20b22293e',
  bucketItemRead: '6a018a9f2fc74eb6b293b0c548f38b39',
  bucketItemWrite: '2efd5506f9c8494dacb1fa10a3e7d5b6',
  applicationsRead: '7ea222f6d5064cfa89ea366d7c1fee89',
  applicationsWrite: '1e13c5124ca64b72b1969a67e8829049',
  serviceTokensRead: '91f7ce32fa614d73b7e1fc8f0e78582b',
  serviceTokensWrite: 'a1c0fec57cf94af79479a6d827fa518c',
  organizationsRead: '26bc23f853634eb4bff59983b9064fde',
  organizationsWrite: 'bfe0d8686a584fa680f4c53b5eb0de6d',
  zoneRead: 'c8fed203ed3043cba015a93ad1616f1f',
} as const;

const platform = { scope: 'account', category: 'developer_platform' } as const;
const billing = { scope: 'account', category: 'account_and_billing' } as const;
const zeroTrust = { scope: 'account', category: 'cloudflare_one_and_zero_trust' } as const;

export const permissionGroups: readonly PermissionGroup[] = [
  { id: groupIds.storageRead, name: 'Workers R2 Storage Read', ...platform },
  { id: groupIds.storageWrite, name: 'Workers R2 Storage Write', ...platform },
  { id: groupIds.bucketItemRead, name: 'Workers R2 Storage Bucket Item Read', ...platform, scope: 'bucket' },
  { id: groupIds.bucketItemWrite, name: 'Workers R2 Storage Bucket Item Write', ...platform, scope: 'bucket' },
  { id: '45db74139a62490b9b60eb7c4f34994b', name: 'Workers R2 Data Catalog Read', ...platform },
  { id: 'd229766a2f7f4d299f20eaa8c9b1fde9', name: 'Workers R2 Data Catalog Write', ...platform },
  { id: 'f45430d92e2b4a6cb9f94f2594c141b8', name: 'Workers R2 SQL Read', ...platform },
  { id: groupIds.tokensRead, name: 'Account API Tokens Read', ...billing },
  { id: groupIds.tokensWrite, name: 'Account API Tokens Write', ...billing },
  { id: 'b89a480218d04ceb98b4fe57ca29dc1f', name: 'Account Analytics Read', ...billing },
  { id: 'c1fde68c7bcc44588cbb6ddbc16d6480', name: 'Account Settings Read', ...billing },
  { id: groupIds.applicationsRead, name: 'Access: Apps and Policies Read', ...zeroTrust },
  { id: groupIds.applicationsWrite, name: 'Access: Apps and Policies Write', ...zeroTrust },
  { id: 'eb258a38ea634c86a0c89da6b27cb6b6', name: 'Access: Apps and Policies Read', ...zeroTrust, scope: 'zone' },
  { id: '959972745952452f8be2452be8cbb9f2', name: 'Access: Apps and Policies Write', ...zeroTrust, scope: 'zone' },
  { id: groupIds.serviceTokensRead, name: 'Access: Service Tokens Read', ...zeroTrust },
  { id: groupIds.serviceTokensWrite, name: 'Access: Service Tokens Write', ...zeroTrust },
  {
    id: groupIds.organizationsRead,
    name: 'Access: Organizations, Identity Providers, and Groups Read',
    ...zeroTrust,
  },
  {
    id: groupIds.organizationsWrite,
    name: 'Access: Organizations, Identity Providers, and Groups Write',
    ...zeroTrust,
  },
  { id: groupIds.zoneRead, name: 'Zone Read', scope: 'zone', category: 'dns_and_zones' },
];

/** `undefined` for an id that no group has. */
export function permissionGroup(id: string): PermissionGroup | undefined {
  return permissionGroups.find((group) => group.id === id);
}

/** What a call of the v4 API needs on the account: any one of these groups, with account scope. */
export const rights = {
  'read tokens': [groupIds.tokensRead, groupIds.tokensWrite],
  'write tokens': [groupIds.tokensWrite],
  'read storage': [groupIds.storageRead, groupIds.storageWrite],
  'write storage': [groupIds.storageWrite],
  'read applications': [groupIds.applicationsRead, groupIds.applicationsWrite],
  'write applications': [groupIds.applicationsWrite],
  'read service tokens': [groupIds.serviceTokensRead, groupIds.serviceTokensWrite],
  'write service tokens': [groupIds.serviceTokensWrite],
  'read organization': [groupIds.organizationsRead, groupIds.organizationsWrite],
  'write organization': [groupIds.organizationsWrite],
} as const satisfies Record<string, readonly string[]>;
export type Right = keyof typeof rights;
