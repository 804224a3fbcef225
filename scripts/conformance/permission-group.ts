import type Cloudflare from 'cloudflare';

/** The id of a permission group, which no documentation lists: Cloudflare's API tells it by the group's name. */
export async function permissionGroupId(client: Cloudflare, account_id: string, name: string): Promise<string> {
  const found = client.accounts.tokens.permissionGroups.list({ account_id, name });
  for await (const group of found) if (group.id !== undefined) return group.id;
  throw new Error(`Cloudflare's API names no permission group "${name}"`);
}
