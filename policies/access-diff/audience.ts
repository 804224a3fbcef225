import type { AccessFileDomain } from '../access-file.ts';

/** Somebody who may come to a hostname, as its policies can tell people and machines apart. */
export interface Visitor {
  /** For people: `anyone at acme.com`, `service token reader`. */
  readonly label: string;
  readonly email?: string;
  readonly serviceToken?: string;
  /** Selectors of other kinds that hold for them. */
  readonly holds: ReadonlySet<string>;
}

type Policies = AccessFileDomain['policies'];

/** Above this many selectors of other kinds, visitors are no longer all tried. */
const otherSelectorsMax = 8;

/**
 * Every visitor that the policies of either version of a hostname can tell apart: each named address, somebody else of each
 * named e-mail domain, somebody of none, each service token; with every combination of the other selectors.
 * `undefined` where there are too many to try.
 */
export function visitorsOf(versions: readonly Policies[]): readonly Visitor[] | undefined {
  const selectors = new Set(
    versions.flat().flatMap(({ include, require, exclude }) => [...include, ...require, ...exclude]),
  );
  const texts = [...selectors];
  const valuesOf = (kind: string) =>
    texts.filter((text) => text.startsWith(`${kind} `)).map((text) => text.slice(kind.length + 1));
  const emails = valuesOf('email');
  const domains = valuesOf('emailDomain');
  const tokens = valuesOf('serviceToken');
  const others = texts.filter((text) => !/^(email|emailDomain|serviceToken) /.test(text));
  if (others.length > otherSelectorsMax) return undefined;
  const who: Omit<Visitor, 'holds'>[] = [
    ...emails.map((email) => ({ label: email, email })),
    ...domains.map((domain) => ({ label: `anyone at ${domain}`, email: `somebody-else@${domain}` })),
    { label: 'anyone with an address', email: 'somebody@elsewhere.invalid' },
    ...tokens.map((serviceToken) => ({ label: `service token ${serviceToken}`, serviceToken })),
  ];
  return who.flatMap((visitor) =>
    subsets(others).map((holds) => ({
      ...visitor,
      label: holds.length === 0 ? visitor.label : `${visitor.label} with ${holds.join(' and ')}`,
      holds: new Set(holds),
    })),
  );
}

/**
 * Whether a hostname's policies let a visitor in (Cloudflare One, "Access policies"): Service Auth first, then Allow and Block
 * in order of precedence, of which the first that matches decides; nobody by default. Only people pass Allow.
 */
export function letsIn(policies: Policies, visitor: Visitor): boolean {
  if (policies.some((policy) => policy.decision === 'service-auth' && matches(policy, visitor))) return true;
  const first = policies.find(
    (policy) =>
      policy.decision !== 'service-auth' &&
      (policy.decision === 'deny' || visitor.email !== undefined) &&
      matches(policy, visitor),
  );
  return first?.decision === 'allow';
}

/** Include: one of them. Require: all of them. Exclude: none of them. */
function matches({ include, require, exclude }: Policies[number], visitor: Visitor): boolean {
  const holds = (selector: string): boolean => selectorHolds(selector, visitor);
  return include.some(holds) && require.every(holds) && !exclude.some(holds);
}

function selectorHolds(selector: string, { email, serviceToken, holds }: Visitor): boolean {
  const [kind = '', ...rest] = selector.split(' ');
  const value = rest.join(' ');
  if (kind === 'email') return email === value;
  if (kind === 'emailDomain') return email?.endsWith(`@${value}`) ?? false;
  if (kind === 'serviceToken') return serviceToken === value;
  return holds.has(selector);
}

function subsets(items: readonly string[]): readonly (readonly string[])[] {
  return items.reduce<readonly (readonly string[])[]>(
    (all, item) => [...all, ...all.map((set) => [...set, item])],
    [[]],
  );
}
