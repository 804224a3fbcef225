import { ListUsersCommand, IAMClient } from '@aws-sdk/client-iam';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { r2KeysOfToken } from '../../../policies/r2-keys.ts';
import type { R2Setting } from '../../policies/truth-table/truth-row.ts';
import { refusal } from '../aws/aws-endpoint.ts';
import type { AwsPrincipals } from './aws-principals.ts';
import { callOnTheWire } from './call-on-the-wire.ts';
import type { JudgedGroup, Provider, SandboxUnderJudgement } from './sandbox-under-judgement.ts';
import type { SendableRequest } from './sendable-row.ts';
import { sendCall, type SigningKeys } from './signed-call.ts';
import { type SeenVerdict, verdictOfAnswer } from './verdict-of-answer.ts';

/** Makes the principal of a group by the sandbox's control APIs, sends each request as that, and takes it away again. */
export async function judge(
  sandbox: SandboxUnderJudgement,
  principals: AwsPrincipals,
  { setting, policyBucket }: Pick<JudgedGroup, 'setting' | 'policyBucket'>,
  requests: readonly SendableRequest[],
): Promise<readonly SeenVerdict[]> {
  const { provider } = setting;
  const send = (keys: SigningKeys | undefined) => inTurn(requests, (each) => sendAs(sandbox, provider, keys, each));
  if (provider === 'r2') return withToken(sandbox, setting, send);
  const keys = await principals.become(setting, policyBucket);
  try {
    return await send(keys);
  } finally {
    await principals.forget(setting);
  }
}

async function withToken<Result>(
  { api, cloudflareAccountId: account_id }: SandboxUnderJudgement,
  { policies }: R2Setting,
  use: (keys: SigningKeys) => Promise<Result>,
): Promise<Result> {
  const { id = '', value = '' } = await api.accounts.tokens.create({
    account_id,
    name: 'of the table',
    policies: policies.map(({ effect, permissionGroups, resources }) => ({
      effect,
      permission_groups: permissionGroups.map((group) => ({ id: group.id })),
      resources: resources as Record<string, string>,
    })),
  });
  try {
    return await use(r2KeysOfToken(id, value));
  } finally {
    await api.accounts.tokens.delete(id, { account_id });
  }
}

async function inTurn<Item, Result>(items: readonly Item[], run: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}

async function sendAs(
  sandbox: SandboxUnderJudgement,
  provider: Provider,
  keys: SigningKeys | undefined,
  asked: SendableRequest,
): Promise<SeenVerdict> {
  if (asked.kind !== 'storage') return sendControl(sandbox, keys, asked);
  const { destinations, clock } = sandbox;
  const { request, at } = asked;
  const before = clock.at;
  clock.at = at ?? before;
  const to = destinations[provider][request.secure ? 'tls' : 'plain'];
  const answer = await sendCall(callOnTheWire(request, to.region), to, {
    keys,
    authType: request.authType,
    at: clock.at,
  });
  clock.at = before;
  const { operation, bucket, key } = request;
  // The next row finds again what this one was allowed to delete.
  if (operation.startsWith('DeleteObject') && bucket !== undefined && key !== undefined) {
    await sandbox.stores[provider].send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'content' }));
  }
  return verdictOfAnswer(answer);
}

/** IAM and STS, by the vendor's clients. */
async function sendControl(
  { destinations }: SandboxUnderJudgement,
  credentials: SigningKeys | undefined,
  asked: Exclude<SendableRequest, { kind: 'storage' }>,
): Promise<SeenVerdict> {
  const client = { endpoint: destinations.aws.plain.url, region: 'us-east-1', ...(credentials && { credentials }) };
  const call =
    asked.kind === 'list-users'
      ? new IAMClient(client).send(new ListUsersCommand({}))
      : new STSClient(client).send(new AssumeRoleCommand({ RoleArn: asked.roleArn, RoleSessionName: 'asked' }));
  const allowed = await call.then(
    () => true,
    () => false,
  );
  if (allowed) return 'allowed';
  const { code, message, status } = await refusal(call);
  return verdictOfAnswer({ status, headers: {}, body: `<Code>${code}</Code>${message}` });
}
