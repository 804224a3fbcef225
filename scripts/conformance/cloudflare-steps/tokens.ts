import type Cloudflare from 'cloudflare';
import type { TokenCreateParams } from 'cloudflare/resources/accounts/tokens/tokens';
import { apiStep, type CloudflareSession } from '../cloudflare-session.ts';
import { permissionGroupId } from '../permission-group.ts';

const names = {
  storageRead: 'Workers R2 Storage Read',
  itemRead: 'Workers R2 Storage Bucket Item Read',
  itemWrite: 'Workers R2 Storage Bucket Item Write',
};

async function policiesOf(
  client: Cloudflare,
  { account_id }: CloudflareSession,
  group: string,
  resource: string,
): Promise<TokenCreateParams['policies']> {
  const permission_groups = [{ id: await permissionGroupId(client, account_id, group) }];
  return [{ effect: 'allow', permission_groups, resources: { [resource]: '*' } }];
}

/** Creates a token of one permission on one resource, and remembers its value and id by its name. */
async function createToken(
  client: Cloudflare,
  session: CloudflareSession,
  { name, group, resource }: { readonly name: string; readonly group: string; readonly resource: string },
) {
  const policies = await policiesOf(session.client('administrator'), session, group, resource);
  const token = await client.accounts.tokens.create({ account_id: session.account_id, name, policies });
  session.remember(name, token.value);
  session.remember(`${name} id`, token.id);
  return token;
}

const bucketOf = ({ account_id }: CloudflareSession): string =>
  `com.cloudflare.edge.r2.bucket.${account_id}_default_conformance-cloudflare`;
const accountOf = ({ account_id }: CloudflareSession): string => `com.cloudflare.api.account.${account_id}`;

async function statusOfItself(client: Cloudflare, { account_id }: CloudflareSession): Promise<string> {
  return (await client.accounts.tokens.verify({ account_id })).status;
}

/**
 * Account API tokens (Cloudflare API reference, "Account API Tokens"; Cloudflare documentation, "API token permissions",
 * "Create tokens via API").
 */
export const tokens = [
  apiStep('administrator', 'accounts.tokens.verify', 'its own token', 'active', statusOfItself),
  apiStep(
    'nobody',
    'accounts.tokens.verify',
    'a value that no token has',
    'refused: 401 1000',
    async (client, session) => {
      session.remember('nobody', 'x'.repeat(40));
      return (await session.client('nobody').accounts.tokens.verify({ account_id: session.account_id })).status;
    },
  ),
  apiStep(
    'administrator',
    'accounts.tokens.permissionGroups.list',
    'a group by name, its scope',
    'com.cloudflare.edge.r2.bucket',
    async (client, { account_id }) => {
      const found = [];
      for await (const { scopes = [] } of client.accounts.tokens.permissionGroups.list({
        account_id,
        name: names.itemRead,
      }))
        found.push(...scopes);
      return found.join(' ');
    },
  ),
  apiStep(
    'administrator',
    'accounts.tokens.create',
    'reads the R2 settings of the account',
    'active, value told',
    async (client, session) => {
      const [group, resource] = [names.storageRead, accountOf(session)];
      const token = await createToken(client, session, { name: 'settings reader', group, resource });
      return `${token.status}, value ${token.value === undefined ? 'missing' : 'told'}`;
    },
  ),
  apiStep(
    'administrator',
    'accounts.tokens.create',
    'writes the objects of one bucket',
    'active',
    async (client, session) => {
      const [group, resource] = [names.itemWrite, bucketOf(session)];
      return String((await createToken(client, session, { name: 'object writer', group, resource })).status);
    },
  ),
  apiStep(
    'administrator',
    'accounts.tokens.create',
    'an account permission on a bucket: taken, and without effect',
    'active',
    async (client, session) => {
      const [group, resource] = [names.storageRead, bucketOf(session)];
      return String((await createToken(client, session, { name: 'crossed', group, resource })).status);
    },
  ),
  apiStep('crossed', 'r2.buckets.list', 'by that permission', 'refused: 403 10000', async (client, { account_id }) => {
    await client.r2.buckets.list({ account_id });
    return 'done';
  }),
  apiStep(
    'administrator',
    'accounts.tokens.create',
    'all buckets, named outside their account',
    'refused: 403 9109',
    async (client, session) => {
      const [group, resource] = [names.itemRead, 'com.cloudflare.edge.r2.bucket.*'];
      return String((await createToken(client, session, { name: 'all', group, resource })).status);
    },
  ),
  apiStep(
    'administrator',
    'accounts.tokens.get',
    'without its value',
    'settings reader, no value',
    async (client, session) => {
      const token = await client.accounts.tokens.get(session.recall('settings reader id'), {
        account_id: session.account_id,
      });
      return `${token.name}, ${'value' in token ? 'a value' : 'no value'}`;
    },
  ),
  apiStep(
    'administrator',
    'accounts.tokens.get',
    'one that is not there',
    'refused: 404 1003',
    async (client, { account_id }) => String((await client.accounts.tokens.get('0'.repeat(32), { account_id })).name),
  ),
  apiStep('settings reader', 'accounts.tokens.verify', 'itself: every live token may', 'active', statusOfItself),
  apiStep(
    'settings reader',
    'accounts.tokens.list',
    'not granted',
    'refused: 403 10000',
    async (client, { account_id }) => String((await client.accounts.tokens.list({ account_id })).result.length),
  ),
  apiStep('settings reader', 'accounts.tokens.create', 'not granted', 'refused: 403 10000', async (client, session) => {
    const [group, resource] = [names.itemRead, bucketOf(session)];
    return String((await createToken(client, session, { name: 'more', group, resource })).status);
  }),
  apiStep(
    'administrator',
    'accounts.tokens.update',
    'an expiry, the value stays',
    'active, expires',
    async (client, session) => {
      const policies = await policiesOf(client, session, names.storageRead, accountOf(session));
      const expires_on = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, '');
      const changed = { account_id: session.account_id, name: 'settings reader', policies, expires_on };
      const token = await client.accounts.tokens.update(session.recall('settings reader id'), changed);
      return `${token.status}, ${token.expires_on === expires_on ? 'expires' : `expires ${token.expires_on}`}`;
    },
  ),
  apiStep('settings reader', 'r2.buckets.list', 'with the updated token', 'done', async (client, { account_id }) => {
    await client.r2.buckets.list({ account_id });
    return 'done';
  }),
  apiStep(
    'administrator',
    'accounts.tokens.value.update',
    'a roll: another value at once',
    'another value',
    async (client, session) => {
      const value = await client.accounts.tokens.value.update(session.recall('object writer id'), {
        account_id: session.account_id,
      });
      const before = session.recall('object writer');
      session.remember('rolled away', before);
      session.remember('object writer', value);
      return value === before ? 'the same value' : 'another value';
    },
  ),
  apiStep('rolled away', 'accounts.tokens.verify', 'the value before the roll', 'refused: 401 1000', statusOfItself),
  apiStep('object writer', 'accounts.tokens.verify', 'the value after the roll', 'active', statusOfItself),
  apiStep(
    'administrator',
    'accounts.tokens.verify',
    'in another account',
    'refused: 403 9109',
    async (client) => (await client.accounts.tokens.verify({ account_id: 'f'.repeat(32) })).status,
  ),
];
