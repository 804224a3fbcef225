import { coversHostname, customDomainType, isApplication } from '../access-hostnames.ts';
import { textOf, whenKnown } from '../properties.ts';
import type { ResourceRule } from '../rule.ts';

export const domainBehindAccess: ResourceRule = {
  kind: 'resource',
  name: 'domain-behind-access',
  title: 'A hostname is attached to a bucket only once an Access application stands before it',
  level: 'mandatory',
  requirements: ['A1', 'A6'],
  why: 'R2 serves a custom domain to everybody from the moment it is attached.',
  fix: 'make a ZeroTrustAccessApplication for exactly this hostname, and name it in dependsOn of the R2CustomDomain.',
  *check({ type, properties }, { registered }) {
    if (type !== customDomainType || properties['enabled'] === false) return;
    const hostname = textOf(properties['domain']) ?? '';
    let notKnownYet: string | undefined;
    for (const application of registered.filter(isApplication)) {
      const covered = whenKnown(() => coversHostname(application, hostname));
      if (covered.value === true) return;
      if (covered.value === undefined) notKnownYet = `${application.name}.${covered.unknown}`;
    }
    if (notKnownYet !== undefined) yield { what: notKnownYet, notKnownYet: true };
    else yield { what: `${hostname} would be public: no Access application for it comes before` };
  },
};
