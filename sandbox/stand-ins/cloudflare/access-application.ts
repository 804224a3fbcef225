import {
  isList,
  isProperties,
  type Properties,
  type PropertyList,
  type PropertyValue,
  sameValue,
} from '../provider/property-value.ts';
import type { Problem } from '../provider/resource-type.ts';
import { ruleProblems } from './access-rules.ts';
import { apiResource } from './api-resource.ts';

/** Go durations, as Access takes them. */
const durationPattern = /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;

/** cloudflare.ZeroTrustAccessApplication. Only another owner replaces it: another hostname is a PUT. */
export const accessApplication = apiResource({
  token: 'cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication',
  collection: 'access/apps',
  zoneOwned: true,
  check: (inputs) => [...policyProblems(inputs), ...destinationProblems(inputs), ...durationProblems(inputs)],
  means: (property, before, after) =>
    property === 'policies' &&
    isList(before) &&
    isList(after) &&
    sameValue(withPrecedence(before), withPrecedence(after)),
  plan: (inputs) => (isList(inputs['policies']) ? { ...inputs, policies: withPrecedence(inputs['policies']) } : inputs),
  // An application without policies says so: null would leave those it has.
  body: (wire) => ({ ...wire, policies: wire['policies'] ?? [] }),
  answer: (wire, state) => ({ ...wire, policies: asReferences(listOf(wire, 'policies'), listOf(state, 'policies')) }),
});

/** A policy without a precedence comes right after the one before it. */
function withPrecedence(policies: PropertyList): PropertyList {
  let last = 0;
  return policies.map((policy) => {
    if (!isProperties(policy)) return policy;
    last = typeof policy['precedence'] === 'number' ? policy['precedence'] : last + 1;
    return { ...policy, precedence: last };
  });
}

/** The API expands references; where the state (by index) holds one, a reference it stays. */
function asReferences(found: PropertyList, known: PropertyList): PropertyList {
  return found.map((policy, index) => {
    const before = known[index] ?? null;
    const isInline = isProperties(before)
      ? isList(before['includes'])
      : isProperties(policy) && policy['reusable'] !== true;
    if (isInline || !isProperties(policy)) return policy;
    return { id: policy['id'] ?? null, precedence: policy['precedence'] ?? null };
  });
}

/** Either a reference (`id`) or a policy written out (`decision` and `includes`). */
function policyProblems(inputs: Properties): Problem[] {
  return listOf(inputs, 'policies').flatMap((policy, index): Problem[] => {
    if (!isProperties(policy)) return [];
    const path = `policies[${String(index)}]`;
    const has = (name: string): boolean => (policy[name] ?? null) !== null;
    if (has('id') === has('includes')) {
      return [
        {
          property: path,
          reason: 'Invalid Attribute Combination. Exactly one of these attributes must be configured: [id,include]',
        },
      ];
    }
    const incomplete = has('includes') !== has('decision');
    const reason = 'Invalid Attribute Combination. "decision" and "include" must be specified together';
    return [...(incomplete ? [{ property: path, reason }] : []), ...ruleProblems(policy, `${path}.`)];
  });
}

function destinationProblems(inputs: Properties): Problem[] {
  if ((inputs['destinations'] ?? null) === null || (inputs['selfHostedDomains'] ?? null) === null) return [];
  const reason =
    'Invalid Attribute Combination. Attribute "self_hosted_domains" cannot be specified when "destinations" is specified';
  return [{ property: 'destinations', reason }];
}

function durationProblems(inputs: Properties): Problem[] {
  const duration: PropertyValue = inputs['sessionDuration'] ?? null;
  if (typeof duration !== 'string' || durationPattern.test(duration)) return [];
  const reason = '"session_duration" only supports "ns", "us" (or "µs"), "ms", "s", "m", or "h" as valid units';
  return [{ property: 'sessionDuration', reason }];
}

function listOf(properties: Properties, name: string): PropertyList {
  const list = properties[name];
  return isList(list) ? list : [];
}
