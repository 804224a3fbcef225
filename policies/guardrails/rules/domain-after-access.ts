import { coversHostname, customDomainType, isApplication } from '../access-hostnames.ts';
import { textOf, whenKnown } from '../properties.ts';
import type { StackResource, StackRule } from '../rule.ts';

export const domainAfterAccess: StackRule = {
  kind: 'stack',
  name: 'domain-after-access',
  title: 'A hostname waits for its Access application, when it is attached and when it is taken away',
  level: 'mandatory',
  requirements: ['A1'],
  why: 'without the dependency Pulumi makes both at once and deletes either first: for a moment, or after a failure for good, the bucket is public.',
  fix: 'put the ZeroTrustAccessApplication into dependsOn of the R2CustomDomain.',
  *check(resources) {
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    for (const domain of resources.filter(({ type }) => type === customDomainType)) {
      const { urn } = domain;
      const hostname = whenKnown(() => textOf(domain.properties['domain']) ?? '');
      if (hostname.value === undefined) {
        yield { urn, what: hostname.unknown, notKnownYet: true };
        continue;
      }
      const before = [...waitedFor(domain, byUrn)].filter(isApplication);
      const covered = before.map((application) => whenKnown(() => coversHostname(application, hostname.value)));
      if (covered.some(({ value }) => value === true)) continue;
      const [unknown] = covered.flatMap((answer) => (answer.value === undefined ? [answer.unknown] : []));
      if (unknown !== undefined) yield { urn, what: unknown, notKnownYet: true };
      else yield { urn, what: `${hostname.value} does not wait for an Access application that covers it` };
    }
  },
};

/** What a resource waits for, and what that waits for. */
function waitedFor(resource: StackResource, byUrn: ReadonlyMap<string, StackResource>): Set<StackResource> {
  const found = new Set<StackResource>();
  const open = [resource];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const urn of [...next.dependencies, ...Object.values(next.propertyDependencies).flat()]) {
      const dependency = byUrn.get(urn);
      if (dependency === undefined || found.has(dependency)) continue;
      found.add(dependency);
      open.push(dependency);
    }
  }
  return found;
}
