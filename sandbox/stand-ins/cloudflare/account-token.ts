import {
  isList,
  isProperties,
  type Properties,
  type PropertyList,
  type PropertyValue,
} from '../provider/property-value.ts';
import type { Problem } from '../provider/resource-type.ts';
import { apiResource } from './api-resource.ts';

/** What the provider treats as dead on a read: it drops the token from the state, and the next update makes another. */
const deadStatuses: readonly PropertyValue[] = ['expired', 'revoked (exposed)'];

/**
 * cloudflare.AccountToken. Nothing but another account replaces it: a new name or expiry is a PUT that keeps the
 * secret, which only the creation's answer holds.
 */
export const accountToken = apiResource({
  token: 'cloudflare:index/accountToken:AccountToken',
  collection: 'tokens',
  neverRead: ['value'],
  check: resourceProblems,
  // Tokens are the exception among PUTs: what is not set is left out.
  cleared: 'omitted',
  body: (wire) => ({ ...wire, policies: policyList(wire).map(parseResources) }),
  answer: (wire, state) => {
    const policies = policyList(wire).map(renderResources);
    const known = state['policies'];
    return { ...wire, policies: isList(known) ? inOrderOf(known, policies) : policies };
  },
  isGone: (wire) => deadStatuses.includes(wire['status'] ?? null),
});

/** `resources` is a JSON object, given as text. */
function resourceProblems(inputs: Properties): Problem[] {
  return policyList(inputs).flatMap((policy, index) => {
    const resources = isProperties(policy) ? policy['resources'] : undefined;
    if (typeof resources !== 'string' || isProperties(parseJson(resources))) return [];
    return [
      {
        property: `policies[${String(index)}].resources`,
        reason: 'Invalid JSON. It must be the text of a JSON object',
      },
    ];
  });
}

function policyList(properties: Properties): PropertyList {
  const policies = properties['policies'];
  return isList(policies) ? policies : [];
}

function parseResources(policy: PropertyValue): PropertyValue {
  if (!isProperties(policy) || typeof policy['resources'] !== 'string') return policy;
  return { ...policy, resources: parseJson(policy['resources']) };
}

/** The provider compares this text as the API wrote it: compact, keys in the order received. */
function renderResources(policy: PropertyValue): PropertyValue {
  return isProperties(policy) ? { ...policy, resources: JSON.stringify(policy['resources']) } : policy;
}

function parseJson(json: string): PropertyValue {
  try {
    return JSON.parse(json) as PropertyValue;
  } catch {
    return null;
  }
}

/**
 * The API's policies in the state's order, matched by effect and set of groups. Two policies equal in both match by
 * position, so that a reordering by the API mixes up their resources: the real provider's own limit.
 */
function inOrderOf(known: PropertyList, found: PropertyList): PropertyList {
  const rest = [...found];
  const ordered = known.flatMap((policy): PropertyList => {
    const index = rest.findIndex((candidate) => matchText(candidate) === matchText(policy));
    if (index < 0) return [];
    const [match = null] = rest.splice(index, 1);
    return [groupsInOrderOf(policy, match)];
  });
  return [...ordered, ...rest];
}

function matchText(policy: PropertyValue): string {
  return isProperties(policy) ? JSON.stringify([policy['effect'], groupIds(policy).toSorted()]) : '';
}

function groupsInOrderOf(known: PropertyValue, found: PropertyValue): PropertyValue {
  if (!isProperties(known) || !isProperties(found)) return found;
  return { ...found, permission_groups: groupIds(known).map((id) => ({ id })) };
}

/** Policies of the state write `permissionGroups`, those of the API `permission_groups`. */
function groupIds(policy: Properties): string[] {
  const groups = policy['permissionGroups'] ?? policy['permission_groups'] ?? null;
  return isList(groups)
    ? groups.flatMap((group) => (isProperties(group) && typeof group['id'] === 'string' ? [group['id']] : []))
    : [];
}
