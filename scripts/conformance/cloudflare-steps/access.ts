import { apiStep, type CloudflareSession } from '../cloudflare-session.ts';

const staff = [{ email_domain: { domain: 'example.test' } }];

const application = (session: CloudflareSession, name: string) => ({
  account_id: session.account_id,
  type: 'self_hosted' as const,
  name,
  domain: `files.conformance.${session.zone.name}`,
  policies: [
    { id: session.recall('machines id'), precedence: 1 },
    { id: session.recall('staff id'), precedence: 2 },
  ],
});

interface SelfHosted {
  readonly id: string;
  readonly name: string;
  readonly aud: string;
  readonly policies: readonly { readonly name: string }[];
}

/** Access applications, policies and service tokens (Cloudflare API reference, "Access applications", "Access policies", "Service tokens"). */
export const access = [
  apiStep(
    'administrator',
    'zeroTrust.access.serviceTokens.create',
    'with its secret',
    'a secret',
    async (client, session) => {
      const made = await client.zeroTrust.access.serviceTokens.create({
        account_id: session.account_id,
        name: 'conformance',
      });
      session.remember('service token id', made.id);
      session.remember('client secret', made.client_secret);
      return made.client_secret === undefined ? 'no secret' : 'a secret';
    },
  ),
  apiStep(
    'administrator',
    'zeroTrust.access.serviceTokens.get',
    'without its secret',
    'conformance, no secret',
    async (client, session) => {
      const found = await client.zeroTrust.access.serviceTokens.get(session.recall('service token id'), {
        account_id: session.account_id,
      });
      return `${found.name}, ${'client_secret' in found ? 'a secret' : 'no secret'}`;
    },
  ),
  apiStep(
    'administrator',
    'zeroTrust.access.serviceTokens.update',
    'a longer duration',
    '17520h',
    async (client, session) => {
      const params = { account_id: session.account_id, duration: '17520h' };
      return String(
        (await client.zeroTrust.access.serviceTokens.update(session.recall('service token id'), params)).duration,
      );
    },
  ),
  apiStep(
    'administrator',
    'zeroTrust.access.serviceTokens.rotate',
    'another secret',
    'another secret',
    async (client, session) => {
      const made = await client.zeroTrust.access.serviceTokens.rotate(session.recall('service token id'), {
        account_id: session.account_id,
      });
      return made.client_secret === session.recall('client secret') ? 'the same secret' : 'another secret';
    },
  ),
  apiStep('administrator', 'zeroTrust.access.serviceTokens.list', 'by name', '1', async (client, session) => {
    const found = [];
    for await (const token of client.zeroTrust.access.serviceTokens.list({
      account_id: session.account_id,
      name: 'conformance',
    }))
      found.push(token);
    return String(found.length);
  }),
  apiStep(
    'administrator',
    'zeroTrust.access.policies.create',
    'for the service token',
    'non_identity',
    async (client, session) => {
      const include = [{ service_token: { token_id: session.recall('service token id') } }];
      const made = await client.zeroTrust.access.policies.create({
        account_id: session.account_id,
        name: 'machines',
        decision: 'non_identity',
        include,
      });
      session.remember('machines id', made.id);
      return String(made.decision);
    },
  ),
  apiStep(
    'administrator',
    'zeroTrust.access.policies.create',
    'for an e-mail domain',
    'allow',
    async (client, session) => {
      const made = await client.zeroTrust.access.policies.create({
        account_id: session.account_id,
        name: 'staff',
        decision: 'allow',
        include: staff,
      });
      session.remember('staff id', made.id);
      return String(made.decision);
    },
  ),
  apiStep(
    'administrator',
    'zeroTrust.access.policies.create',
    'that includes nobody',
    'refused: 400 12130',
    async (client, { account_id }) =>
      String(
        (await client.zeroTrust.access.policies.create({ account_id, name: 'nobody', decision: 'allow', include: [] }))
          .decision,
      ),
  ),
  apiStep('administrator', 'zeroTrust.access.policies.update', 'another name', 'employees', async (client, session) => {
    const params = { account_id: session.account_id, name: 'employees', decision: 'allow' as const, include: staff };
    return String((await client.zeroTrust.access.policies.update(session.recall('staff id'), params)).name);
  }),
  apiStep('administrator', 'zeroTrust.access.policies.get', 'the other name', 'employees', async (client, session) =>
    String(
      (await client.zeroTrust.access.policies.get(session.recall('staff id'), { account_id: session.account_id })).name,
    ),
  ),
  apiStep('administrator', 'zeroTrust.access.policies.list', 'both', 'employees machines', async (client, session) => {
    const found = [];
    for await (const { name } of client.zeroTrust.access.policies.list({ account_id: session.account_id }))
      found.push(name);
    return found.sort().join(' ');
  }),
  apiStep(
    'administrator',
    'zeroTrust.access.applications.create',
    'with both policies',
    'machines employees',
    async (client, session) => {
      const made = (await client.zeroTrust.access.applications.create(application(session, 'files'))) as SelfHosted;
      session.remember('application id', made.id);
      session.remember('audience', made.aud);
      return made.policies.map(({ name }) => name).join(' ');
    },
  ),
  apiStep(
    'administrator',
    'zeroTrust.access.applications.get',
    'its audience',
    'as created',
    async (client, session) => {
      const found = (await client.zeroTrust.access.applications.get(session.recall('application id'), {
        account_id: session.account_id,
      })) as SelfHosted;
      return found.aud === session.recall('audience') ? 'as created' : 'another';
    },
  ),
  apiStep(
    'administrator',
    'zeroTrust.access.applications.update',
    'another name',
    'more files',
    async (client, session) => {
      const found = (await client.zeroTrust.access.applications.update(
        session.recall('application id'),
        application(session, 'more files'),
      )) as SelfHosted;
      return found.name;
    },
  ),
  apiStep('administrator', 'zeroTrust.access.applications.list', 'one', 'more files', async (client, session) => {
    const found = [];
    for await (const each of client.zeroTrust.access.applications.list({ account_id: session.account_id }))
      found.push((each as SelfHosted).name);
    return found.join(' ');
  }),
  apiStep(
    'settings reader',
    'zeroTrust.access.applications.get',
    'not granted',
    'refused: 403 10000',
    async (client, session) => {
      const found = (await client.zeroTrust.access.applications.get(session.recall('application id'), {
        account_id: session.account_id,
      })) as SelfHosted;
      return found.name;
    },
  ),
  apiStep(
    'settings reader',
    'zeroTrust.access.policies.create',
    'not granted',
    'refused: 403 10000',
    async (client, { account_id }) =>
      String(
        (await client.zeroTrust.access.policies.create({ account_id, name: 'mine', decision: 'allow', include: staff }))
          .decision,
      ),
  ),
  apiStep(
    'settings reader',
    'zeroTrust.access.serviceTokens.create',
    'not granted',
    'refused: 403 10000',
    async (client, { account_id }) =>
      String((await client.zeroTrust.access.serviceTokens.create({ account_id, name: 'mine' })).name),
  ),
  apiStep('administrator', 'zeroTrust.access.applications.delete', 'it', 'done', async (client, session) => {
    await client.zeroTrust.access.applications.delete(session.recall('application id'), {
      account_id: session.account_id,
    });
    return 'done';
  }),
  apiStep('administrator', 'zeroTrust.access.policies.delete', 'a reusable policy', 'done', async (client, session) => {
    await client.zeroTrust.access.policies.delete(session.recall('staff id'), { account_id: session.account_id });
    return 'done';
  }),
  apiStep('administrator', 'accounts.tokens.delete', 'the settings reader', 'done', async (client, session) => {
    await client.accounts.tokens.delete(session.recall('settings reader id'), { account_id: session.account_id });
    return 'done';
  }),
  apiStep(
    'settings reader',
    'r2.buckets.list',
    'with a deleted token',
    'refused: 403 9109',
    async (client, { account_id }) => {
      await client.r2.buckets.list({ account_id });
      return 'done';
    },
  ),
];
