import { fieldsOf, itemsOf, textOf } from './properties.ts';
import type { GuardedResource } from './rule.ts';

const tokenTypes = ['cloudflare:index/accountToken:AccountToken', 'cloudflare:index/apiToken:ApiToken'] as const;

/** Whether a resource is an API token, of an account or of a user. */
export function isToken({ type }: GuardedResource): boolean {
  return tokenTypes.some((token) => token === type);
}

/** One policy of an API token that allows something. */
export interface TokenPolicy {
  /** `policies[0]`. */
  readonly place: string;
  readonly groupIds: readonly string[];
  /** Each resource key that holds `*`, with the account key before it where it is nested. */
  readonly resources: readonly { readonly key: string; readonly inside?: string }[];
  /** Its resources are not a JSON object of the known form. */
  readonly unreadable: boolean;
}

/** The policies of a token that allow something; none for other resources. */
export function* tokenPolicies(resource: GuardedResource): Generator<TokenPolicy> {
  if (!isToken(resource)) return;
  for (const [index, item] of itemsOf(resource.properties['policies']).entries()) {
    const { effect, permissionGroups, resources } = fieldsOf(item);
    if (effect === 'deny') continue;
    const groupIds = itemsOf(permissionGroups).flatMap((group) => textOf(fieldsOf(group)['id']) ?? []);
    const keys = resourceKeys(resources);
    yield { place: `policies[${index}]`, groupIds, resources: keys ?? [], unreadable: keys === undefined };
  }
}

/** Since 5.13 the provider takes the resources as JSON text, before that as an object. */
function resourceKeys(value: unknown): TokenPolicy['resources'] | undefined {
  const resources = typeof value === 'string' ? parsed(value) : value;
  if (typeof resources !== 'object' || resources === null || Array.isArray(resources)) return undefined;
  return Object.entries(resources as Record<string, unknown>).flatMap(([key, held]) =>
    typeof held === 'object' && held !== null
      ? Object.keys(held).map((inner) => ({ key: inner, inside: key }))
      : [{ key }],
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
