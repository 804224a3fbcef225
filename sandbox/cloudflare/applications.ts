import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { destinationSchema } from './access-rules.ts';
import type { Destination } from './access-rules.ts';
import { fieldsOnWire, policyBodyFields, policyFields, reusableOnWire } from './access-policies.ts';
import type { CloudflareAccount } from './account.ts';
import { ApiError, optional, page, parseBody, wireTime } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import type { AccountState, Application, ApplicationPolicy } from './state.ts';

/** Self-hosted Access applications (Cloudflare API reference, "Access applications"). */
const base = '/accounts/:account/access/apps';

export const applicationEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: base, needs: 'write applications', run: create },
  { method: 'GET', path: base, needs: 'read applications', run: list },
  { method: 'GET', path: `${base}/:application`, needs: 'read applications', run: get },
  { method: 'PUT', path: `${base}/:application`, needs: 'write applications', run: replace },
  { method: 'DELETE', path: `${base}/:application`, needs: 'write applications', run: remove },
];

const precedence = optional(z.int().min(1));
const notDone = (what: string) => optional(z.never({ error: `the sandbox does not do ${what}` }));

const policyLink = z.strictObject({ id: z.string(), precedence });
const inlinePolicy = z.strictObject({ ...policyBodyFields, precedence });

/** What the edge acts on, what only dresses a login (stored and returned), and what would change decisions and is not modelled. */
const settings = {
  service_auth_401_redirect: optional(z.boolean()),
  read_service_tokens_from_header: optional(z.string()),

  allow_authenticate_via_warp: optional(z.boolean()),
  allow_iframe: optional(z.boolean()),
  allowed_idps: optional(z.array(z.string())),
  app_launcher_visible: optional(z.boolean()),
  auto_redirect_to_identity: optional(z.boolean()),
  custom_deny_message: optional(z.string()),
  custom_deny_url: optional(z.string()),
  custom_non_identity_deny_url: optional(z.string()),
  eager_redirect_cookie_setting: optional(z.boolean()),
  enable_binding_cookie: optional(z.boolean()),
  http_only_cookie_attribute: optional(z.boolean()),
  logo_url: optional(z.string()),
  path_cookie_attribute: optional(z.boolean()),
  same_site_cookie_attribute: optional(z.string()),
  session_duration: optional(z.string()),
  skip_interstitial: optional(z.boolean()),
  tags: optional(z.array(z.string())),

  cors_headers: notDone('CORS in Access'),
  custom_pages: optional(z.array(z.never({ error: 'the sandbox does not do custom pages' }))),
  mfa_config: notDone('MFA'),
  oauth_configuration: notDone('OAuth in Access'),
  options_preflight_bypass: optional(z.literal(false, { error: 'the sandbox does not bypass Access for OPTIONS' })),
  scim_config: notDone('SCIM'),
};

const applicationBody = z.strictObject({
  type: z.literal('self_hosted', { error: 'the sandbox does self_hosted applications only' }),
  name: optional(z.string()),
  domain: optional(z.string()),
  destinations: optional(z.array(dropNulls(destinationSchema))),
  self_hosted_domains: optional(z.array(z.string())),
  policies: optional(z.array(z.union([z.string(), dropNulls(policyLink), dropNulls(inlinePolicy)]))),
  ...settings,
});
type ApplicationBody = z.infer<typeof applicationBody>;

async function create({ account, body, now }: Call): Promise<Answer> {
  const wanted = parseBody(applicationBody, body, 'access');
  const at = now.toISOString();
  const application = await account.update((draft) => {
    const created: Application = {
      id: randomUUID(),
      aud: randomBytes(32).toString('hex'),
      ...changedFields(account, draft, wanted, undefined, at),
      createdAt: at,
      updatedAt: at,
    };
    draft.applications.push(created);
    return created;
  });
  return { result: onWire(account, application) };
}

function list({ account, query }: Call): Answer {
  return page(
    account.state.applications.map((application) => onWire(account, application)),
    query,
  );
}

function get({ account, parameter }: Call): Answer {
  return { result: onWire(account, find(account.state, parameter('application'))) };
}

/** A full replacement but for the policies: left out they stay, `[]` removes them. */
async function replace({ account, parameter, body, now }: Call): Promise<Answer> {
  const wanted = parseBody(applicationBody, body, 'access');
  const at = now.toISOString();
  const application = await account.update((draft) => {
    const existing = find(draft, parameter('application'));
    return Object.assign(existing, changedFields(account, draft, wanted, existing, at), { updatedAt: at });
  });
  return { result: onWire(account, application) };
}

async function remove({ account, parameter }: Call): Promise<Answer> {
  const id = parameter('application');
  await account.update((draft) => {
    draft.applications.splice(draft.applications.indexOf(find(draft, id)), 1);
  });
  return { result: { id } };
}

type ChangedFields = Pick<Application, 'name' | 'domain' | 'destinations' | 'policies' | 'settings'>;

function changedFields(
  account: CloudflareAccount,
  state: AccountState,
  body: ApplicationBody,
  existing: Application | undefined,
  at: string,
): ChangedFields {
  const { name, policies } = body;
  const covered = coveredPlaces(body);
  for (const { uri } of covered.destinations) {
    assertInZone(account, uri);
    if (
      state.applications.some((other) => other !== existing && other.destinations.some((place) => place.uri === uri))
    ) {
      throw new ApiError({ status: 409, code: 12136, message: 'access.api.error.application_already_exists' });
    }
  }
  return {
    name: name ?? covered.domain,
    ...covered,
    policies: policies === undefined ? (existing?.policies ?? []) : orderedPolicies(state, policies, at),
    settings: Object.fromEntries(
      Object.entries(body).filter(([field, value]) => field in settings && value !== undefined),
    ),
  };
}

/** `domain`, `destinations` and `self_hosted_domains` say one thing; destinations win over the deprecated last. */
function coveredPlaces(body: Pick<ApplicationBody, 'domain' | 'destinations' | 'self_hosted_domains'>): {
  domain: string;
  destinations: Destination[];
} {
  const { domain, destinations, self_hosted_domains: domains } = body;
  const uris = destinations?.map(({ uri }) => uri) ?? domains ?? (domain === undefined ? [] : [domain]);
  const [first] = uris;
  if (first === undefined) throw invalid('a self-hosted application needs a domain or destinations');
  if (domain !== undefined && !uris.includes(domain)) throw invalid('domain is none of the destinations');
  const parsed = z.array(destinationSchema).safeParse(uris.map((uri) => ({ type: 'public', uri })));
  if (!parsed.success) throw invalid(parsed.error.issues[0]?.message ?? 'a destination is not valid');
  if (new Set(uris).size < uris.length) throw invalid('a destination is named twice');
  return { domain: domain ?? first, destinations: parsed.data };
}

function assertInZone(account: CloudflareAccount, uri: string): void {
  const hostname = uri.split('/', 1)[0] ?? '';
  if (!account.zones.some(({ name }) => hostname === name || hostname.endsWith(`.${name}`))) {
    throw invalid(`domain does not belong to zone: ${hostname}`);
  }
}

/** By precedence, which is unique in an application; one left out follows the one before it. */
function orderedPolicies(
  state: AccountState,
  policies: NonNullable<ApplicationBody['policies']>,
  at: string,
): ApplicationPolicy[] {
  const ordered: ApplicationPolicy[] = [];
  let previous = 0;
  for (const entry of policies) {
    const policy = typeof entry === 'string' ? { id: entry, precedence: undefined } : entry;
    const next = policy.precedence ?? previous + 1;
    previous = next;
    if ('id' in policy) {
      if (!state.reusablePolicies.some(({ id }) => id === policy.id))
        throw invalid(`no reusable policy has the id ${policy.id}`);
      ordered.push({ reusablePolicyId: policy.id, precedence: next });
    } else {
      ordered.push({
        id: randomUUID(),
        precedence: next,
        ...policyFields(state, policy),
        createdAt: at,
        updatedAt: at,
      });
    }
  }
  if (new Set(ordered.map((policy) => policy.precedence)).size < ordered.length) {
    throw invalid('policy precedences must be unique');
  }
  return ordered.toSorted((left, right) => left.precedence - right.precedence);
}

function onWire(account: CloudflareAccount, application: Application): Record<string, unknown> {
  return {
    id: application.id,
    type: 'self_hosted',
    name: application.name,
    aud: application.aud,
    domain: application.domain,
    destinations: application.destinations,
    self_hosted_domains: application.destinations.map(({ uri }) => uri),
    ...application.settings,
    policies: application.policies.map((policy) => policyOnWire(account, policy)),
    created_at: wireTime(application.createdAt),
    updated_at: wireTime(application.updatedAt),
  };
}

function policyOnWire(account: CloudflareAccount, policy: ApplicationPolicy): Record<string, unknown> {
  if ('reusablePolicyId' in policy) {
    const reusable = account.state.reusablePolicies.find(({ id }) => id === policy.reusablePolicyId);
    if (!reusable) throw new Error(`deleting policy ${policy.reusablePolicyId} was refused while it is in use`);
    return { ...reusableOnWire(account.accountId, account.state, reusable), precedence: policy.precedence };
  }
  const { id, precedence: order, createdAt, updatedAt } = policy;
  const times = { created_at: wireTime(createdAt), updated_at: wireTime(updatedAt) };
  return { id, ...fieldsOnWire(policy), reusable: false, precedence: order, ...times };
}

/** Clients send `null` for each field of the other form of a policy. */
function dropNulls<T extends z.core.$ZodType<unknown, Record<string, unknown>>>(schema: T) {
  return z
    .record(z.string(), z.unknown())
    .transform((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)))
    .pipe(schema);
}

function invalid(what: string): ApiError {
  return new ApiError({ status: 400, code: 12130, message: `access.api.error.invalid_request: ${what}` });
}

function find(state: AccountState, id: string): Application {
  const application = state.applications.find((candidate) => candidate.id === id);
  if (application === undefined) {
    throw new ApiError({ status: 404, code: 11021, message: 'access.api.error.unknown_application' });
  }
  return application;
}
