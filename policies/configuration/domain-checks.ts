import type { AccessPolicyConfiguration, DomainConfiguration, Selector } from '../configuration.ts';
import { type ConfigurationPath, type LocatedMistake, mistakeAt } from './mistake.ts';
import { repeated } from './repeated.ts';

/** What must hold within and between protected domains. */
export function domainMistakes(domains: readonly DomainConfiguration[]): readonly LocatedMistake[] {
  return [
    ...repeated(domains, ({ hostname }) => hostname).map(({ index, key }) =>
      mistakeAt(['domains', index, 'hostname'], `"${key}" is used twice`, 'a hostname serves one bucket; remove one'),
    ),
    ...domains.flatMap((domain, index) => ownMistakes(domain, ['domains', index])),
  ];
}

function ownMistakes(domain: DomainConfiguration, path: ConfigurationPath): readonly LocatedMistake[] {
  const { hostname, zone, policies, serviceTokens } = domain;
  const mistakes: LocatedMistake[] = [];
  if (hostname !== zone.name && !hostname.endsWith(`.${zone.name}`)) {
    mistakes.push(
      mistakeAt(
        [...path, 'hostname'],
        `"${hostname}" is not in zone "${zone.name}"`,
        `write a name that ends in ".${zone.name}", or its own zone`,
      ),
    );
  }
  if (!policies.some(admitsSomeone)) {
    mistakes.push(
      mistakeAt(
        [...path, 'policies'],
        'admit nobody',
        'add a policy with decision allow that includes an e-mail or domain, or service-auth that includes a service token',
      ),
    );
  }
  mistakes.push(
    ...repeated(policies, ({ name }) => name).map(({ index, key }) =>
      mistakeAt([...path, 'policies', index, 'name'], `"${key}" is used twice`, 'give each policy a name of its own'),
    ),
    ...repeated(serviceTokens, ({ name }) => name).map(({ index, key }) =>
      mistakeAt(
        [...path, 'serviceTokens', index, 'name'],
        `"${key}" is used twice`,
        'give each service token a name of its own',
      ),
    ),
    ...policies.flatMap((policy, index) => policyMistakes(policy, domain, [...path, 'policies', index])),
  );
  return mistakes;
}

/** People pass an allow policy, machines a service-auth one; nothing else lets anyone in. */
function admitsSomeone({ decision, include }: AccessPolicyConfiguration): boolean {
  if (decision === 'deny') return false;
  return include.some((selector) => isServiceToken(selector) === (decision === 'service-auth'));
}

function policyMistakes(
  policy: AccessPolicyConfiguration,
  { serviceTokens }: DomainConfiguration,
  path: ConfigurationPath,
): readonly LocatedMistake[] {
  const mistakes: LocatedMistake[] = [];
  if (policy.include.length === 0) {
    mistakes.push(
      mistakeAt([...path, 'include'], '[] speaks of nobody', 'name whom the policy is about, or remove it'),
    );
  }
  const names = serviceTokens.map(({ name }) => name);
  for (const rule of ['include', 'require', 'exclude'] as const) {
    for (const [index, selector] of policy[rule].entries()) {
      if (!isServiceToken(selector)) continue;
      const where = [...path, rule, index, 'serviceToken'];
      const name = selector.serviceToken;
      if (policy.decision !== 'service-auth') {
        // Cloudflare One, "Service tokens": a service token passes only a Service Auth policy.
        mistakes.push(
          mistakeAt(
            where,
            `"${name}" never passes a policy with decision ${policy.decision}`,
            'write decision: service-auth',
          ),
        );
      }
      if (!names.includes(name)) {
        const known = names.length === 0 ? 'the domain has none' : `the domain has ${names.join(', ')}`;
        mistakes.push(
          mistakeAt(
            where,
            `"${name}" is no service token of this domain (${known})`,
            `add { name: ${name} } to its serviceTokens`,
          ),
        );
      }
    }
  }
  return mistakes;
}

function isServiceToken(selector: Selector): selector is Extract<Selector, { serviceToken: string }> {
  return 'serviceToken' in selector;
}
