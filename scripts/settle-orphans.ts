import type Cloudflare from 'cloudflare';
import { type InterruptedOperation, idFromName } from '../toolchain/interrupted-run.ts';
import type { PulumiWorkspace } from '../toolchain/run-pulumi.ts';
import { stackExport } from '../toolchain/stack.ts';
import { cloudflareClient } from './administrators.ts';
import { narrate } from './output.ts';
import type { PulumiProject } from './stack.ts';

/** An interrupted creation, and how to tell what it left behind from what the state knows. */
interface Leftover {
  readonly project: PulumiProject;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly isKnown: (id: string | undefined) => boolean;
}

/**
 * Deletes what a creation may have left behind; says how many there were. For things whose id is not their name: they cannot
 * be adopted, since the id (or a secret that was shown once) went nowhere.
 */
type Settle = (leftover: Leftover, client: Cloudflare) => Promise<number>;

const settlers: Readonly<Record<string, Settle>> = {
  'aws:iam/accessKey:AccessKey': deleteAccessKeys,
  'cloudflare:index/accountToken:AccountToken': ({ inputs, isKnown }, client) => {
    const account = { account_id: text(inputs['accountId']) };
    return deleteNamed(client.accounts.tokens.list(account), inputs, isKnown, (id) =>
      client.accounts.tokens.delete(id, account),
    );
  },
  'cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken': ({ inputs, isKnown }, client) => {
    const { serviceTokens } = client.zeroTrust.access;
    const account = { account_id: text(inputs['accountId']) };
    return deleteNamed(serviceTokens.list(account), inputs, isKnown, (id) => serviceTokens.delete(id, account));
  },
  'cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy': ({ inputs, isKnown }, client) => {
    const { policies } = client.zeroTrust.access;
    const account = { account_id: text(inputs['accountId']) };
    return deleteNamed(policies.list(account), inputs, isKnown, (id) => policies.delete(id, account));
  },
  'cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication': ({ inputs, isKnown }, client) => {
    const { applications } = client.zeroTrust.access;
    const account = { account_id: text(inputs['accountId']) };
    return deleteNamed(applications.list(account), inputs, isKnown, (id) => applications.delete(id, account));
  },
  'cloudflare:index/r2CustomDomain:R2CustomDomain': detachDomain,
};

/**
 * What becomes of a creation that was cut short, so that nobody knows whether it happened: things called by a name or
 * an ARN are adopted; of all others, what the state does not know is deleted, and the next deploy makes it again.
 */
export function orphanSettler(
  project: PulumiProject,
  workspace: PulumiWorkspace,
): (operation: InterruptedOperation) => Promise<string | undefined> {
  return async (operation) => {
    const settle = settlers[operation.type];
    if (settle === undefined) return arnOf(operation, project) ?? idFromName(operation);
    const { deployment } = await stackExport({ ...workspace, stack: project.name });
    const known = new Set(deployment.resources?.map(({ id }) => id));
    const { inputs, urn, type } = operation;
    const deleted = await settle({ project, inputs, isKnown: (id) => known.has(id) }, await cloudflareClient(project));
    if (deleted > 0)
      narrate(
        `${type.split(':')[2] ?? type} ${urn.split('::').at(-1) ?? urn}: what an interrupted run left behind is deleted`,
      );
    return undefined;
  };
}

/** The id of what is called by an ARN that its inputs tell; undefined for all others. */
function arnOf({ type, inputs }: InterruptedOperation, { sandbox }: PulumiProject): string | undefined {
  if (sandbox === undefined) return undefined;
  const account = `arn:aws:iam::${sandbox.aws.accountId}`;
  if (type === 'aws:iam/policy:Policy') return `${account}:policy${text(inputs['path'])}${text(inputs['name'])}`;
  if (type !== 'aws:iam/openIdConnectProvider:OpenIdConnectProvider') return undefined;
  return `${account}:oidc-provider/${text(inputs['url']).replace('https://', '')}`;
}

async function deleteAccessKeys({ project, inputs, isKnown }: Leftover): Promise<number> {
  const { sandbox } = project;
  if (sandbox === undefined) return 0;
  const { DeleteAccessKeyCommand, IAMClient, paginateListAccessKeys } = await import('@aws-sdk/client-iam');
  const { endpoint, region, accessKeyId, secretAccessKey } = sandbox.aws;
  const client = new IAMClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const user = text(inputs['user']);
  let deleted = 0;
  for await (const { AccessKeyMetadata: keys = [] } of paginateListAccessKeys({ client }, { UserName: user })) {
    for (const { AccessKeyId: id } of keys.filter((key) => !isKnown(key.AccessKeyId))) {
      await client.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: id }));
      deleted += 1;
    }
  }
  client.destroy();
  return deleted;
}

async function deleteNamed(
  items: AsyncIterable<{ id?: string; name?: string }>,
  { name }: Leftover['inputs'],
  isKnown: Leftover['isKnown'],
  deleteItem: (id: string) => PromiseLike<unknown>,
): Promise<number> {
  let deleted = 0;
  for await (const item of items) {
    if (item.id === undefined || item.name !== name || isKnown(item.id)) continue;
    await deleteItem(item.id);
    deleted += 1;
  }
  return deleted;
}

/** A domain's id in the state is not its own, but the state holds it only once its creation was finished. */
async function detachDomain({ inputs }: Leftover, client: Cloudflare): Promise<number> {
  const { custom } = client.r2.buckets.domains;
  const bucket = text(inputs['bucketName']);
  const account = { account_id: text(inputs['accountId']) };
  const world = { headers: { 'cf-r2-jurisdiction': text(inputs['jurisdiction']) || 'default' } };
  const { domains } = await custom.list(bucket, account, world);
  const attached = domains.filter(({ domain }) => domain === inputs['domain']);
  for (const { domain } of attached) await custom.delete(domain, { ...account, bucket_name: bucket }, world);
  return attached.length;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
