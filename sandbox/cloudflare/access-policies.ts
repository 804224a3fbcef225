import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { accessRuleSchema } from './access-rules.ts';
import type { AccessRule } from './access-rules.ts';
import { ApiError, optional, page, parseBody, wireTime } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import type { AccessPolicyFields, AccountState, ReusablePolicy } from './state.ts';

/** Reusable Access policies: `/accounts/{id}/access/policies` (Cloudflare API reference, "Access policies"). */
const base = '/accounts/:account/access/policies';

export const accessPolicyEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: base, needs: 'write applications', run: create },
  { method: 'GET', path: base, needs: 'read applications', run: list },
  { method: 'GET', path: `${base}/:policy`, needs: 'read applications', run: get },
  { method: 'PUT', path: `${base}/:policy`, needs: 'write applications', run: replace },
  { method: 'DELETE', path: `${base}/:policy`, needs: 'write applications', run: remove },
];

const rules = z.array(accessRuleSchema);

/** Stored and returned where they only dress a login; what would change decisions and is not modelled must stay off. */
const policySettings = {
  session_duration: optional(z.string()),
  purpose_justification_required: optional(z.boolean()),
  purpose_justification_prompt: optional(z.string()),
  approval_required: optional(z.literal(false, { error: 'the sandbox does not do approvals' })),
  approval_groups: optional(z.array(z.never(), { error: 'the sandbox does not do approvals' })),
  isolation_required: optional(z.literal(false, { error: 'the sandbox does not do browser isolation' })),
  mfa_config: optional(z.never({ error: 'the sandbox does not do MFA' })),
  connection_rules: optional(z.never({ error: 'the sandbox does not do connection rules' })),
};

/** What a policy's body may hold, reusable or inline. */
export const policyBodyFields = {
  name: z.string().min(1),
  decision: z.enum(['allow', 'deny', 'non_identity', 'bypass']),
  include: rules.min(1),
  exclude: optional(rules),
  require: optional(rules),
  ...policySettings,
};
const policyBody = z.strictObject(policyBodyFields);

async function create({ account, body, now }: Call): Promise<Answer> {
  const wanted = parseBody(policyBody, body, 'access');
  const at = now.toISOString();
  const policy = await account.update((draft) => {
    const created: ReusablePolicy = { id: randomUUID(), ...policyFields(draft, wanted), createdAt: at, updatedAt: at };
    draft.reusablePolicies.push(created);
    return created;
  });
  return { result: reusableOnWire(account.accountId, account.state, policy) };
}

function list({ account, query }: Call): Answer {
  return page(
    account.state.reusablePolicies.map((policy) => reusableOnWire(account.accountId, account.state, policy)),
    query,
  );
}

function get({ account, parameter }: Call): Answer {
  const policy = find(account.state, parameter('policy'));
  return { result: reusableOnWire(account.accountId, account.state, policy) };
}

async function replace({ account, parameter, body, now }: Call): Promise<Answer> {
  const wanted = parseBody(policyBody, body, 'access');
  const policy = await account.update((draft) => {
    const existing = find(draft, parameter('policy'));
    return Object.assign(existing, policyFields(draft, wanted), { updatedAt: now.toISOString() });
  });
  return { result: reusableOnWire(account.accountId, account.state, policy) };
}

/** Refused while an application refers to it (no public page says what Cloudflare does; a program must not rely on it). */
async function remove({ account, parameter }: Call): Promise<Answer> {
  const id = parameter('policy');
  await account.update((draft) => {
    const policy = find(draft, id);
    const users = applicationsUsing(draft, id);
    if (users > 0) {
      const message = `access.api.error.conflict: the policy is used by ${users} application${users === 1 ? '' : 's'}`;
      throw new ApiError({ status: 409, code: 12132, message });
    }
    draft.reusablePolicies.splice(draft.reusablePolicies.indexOf(policy), 1);
  });
  return { result: { id } };
}

/** A policy's fields as stored. Throws `ApiError` 400 where a rule names a service token that does not exist. */
export function policyFields(state: AccountState, body: z.infer<typeof policyBody>): AccessPolicyFields {
  const { name, decision, include, exclude = [], require = [] } = body;
  for (const rule of [...include, ...exclude, ...require]) assertNamesExist(state, rule);
  const given = Object.entries(body).filter(([field, value]) => field in policySettings && value !== undefined);
  return { name, decision, include, exclude, require, settings: Object.fromEntries(given) };
}

function assertNamesExist(state: AccountState, rule: AccessRule): void {
  const refuse = (what: string): never => {
    throw new ApiError({ status: 400, code: 12130, message: `access.api.error.invalid_request: ${what}` });
  };
  if ('group' in rule) refuse(`no Access group has the id ${rule.group.id}`);
  if (!('service_token' in rule)) return;
  const id = rule.service_token.token_id;
  if (!state.serviceTokens.some((token) => token.id === id)) refuse(`no service token has the id ${id}`);
}

/** The fields that reusable and inline policies share in answers. */
export function fieldsOnWire({
  name,
  decision,
  include,
  exclude,
  require,
  settings,
}: AccessPolicyFields): Record<string, unknown> {
  return { name, decision, include, exclude, require, ...settings };
}

/** A reusable policy as answers show it, on its own or inside an application. */
export function reusableOnWire(
  accountId: string,
  state: AccountState,
  policy: ReusablePolicy,
): Record<string, unknown> {
  return {
    id: policy.id,
    account_id: accountId,
    ...fieldsOnWire(policy),
    reusable: true,
    app_count: applicationsUsing(state, policy.id),
    created_at: wireTime(policy.createdAt),
    updated_at: wireTime(policy.updatedAt),
  };
}

function applicationsUsing(state: AccountState, policyId: string): number {
  return state.applications.filter(({ policies }) =>
    policies.some((policy) => 'reusablePolicyId' in policy && policy.reusablePolicyId === policyId),
  ).length;
}

function find(state: AccountState, id: string): ReusablePolicy {
  const policy = state.reusablePolicies.find((candidate) => candidate.id === id);
  if (policy === undefined) throw new ApiError({ status: 404, code: 12139, message: 'access.api.error.not_found' });
  return policy;
}
