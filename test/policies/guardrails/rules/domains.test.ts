import { domainAfterAccess } from '../../../../policies/guardrails/rules/domain-after-access.ts';
import { domainBehindAccess } from '../../../../policies/guardrails/rules/domain-behind-access.ts';
import { aResource, aStackResource, saysOf, saysOfStack } from '../fixtures/resources.ts';

const domainType = 'cloudflare:index/r2CustomDomain:R2CustomDomain';
const applicationType = 'cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication';
const hostname = 'files.example.com';
const properties = { domain: hostname, enabled: true, bucketName: 'media' };

const covering = [
  ['its hostname as destination', { destinations: [{ type: 'public', uri: hostname }] }],
  ['its hostname as domain', { domain: 'Files.example.com' }],
  ['its hostname in the older list', { selfHostedDomains: ['x.example.com', hostname] }],
  ['a wildcard of its label', { domain: '*.example.com' }],
] as const;

const notCovering = [
  ['another hostname', { domain: 'other.example.com' }],
  ['a path of it', { domain: `${hostname}/admin` }],
  ['a wildcard of another label', { domain: '*.files.example.com' }],
  [
    'a destination that replaces the domain',
    { domain: hostname, destinations: [{ type: 'public', uri: 'x.example.com' }] },
  ],
  ['a private destination', { destinations: [{ type: 'private', uri: hostname }] }],
] as const;

describe('A1, A6: a hostname on a bucket needs an Access application before it', () => {
  test('none is refused', () => {
    expect(saysOf(domainBehindAccess, aResource(domainType, properties))).toEqual([
      'files.example.com would be public: no Access application for it comes before',
    ]);
  });

  test.each(notCovering)('one for %s is refused', (_case, application) => {
    const registered = [aResource(applicationType, application)];
    expect(saysOf(domainBehindAccess, aResource(domainType, properties), { registered })).toHaveLength(1);
  });

  test.each(covering)('one for %s is good', (_case, application) => {
    const registered = [aResource(applicationType, application)];
    expect(saysOf(domainBehindAccess, aResource(domainType, properties), { registered })).toEqual([]);
  });

  test('a hostname that is switched off is good', () => {
    expect(saysOf(domainBehindAccess, aResource(domainType, { ...properties, enabled: false }))).toEqual([]);
  });
});

describe('A1: a hostname on a bucket waits for its Access application', () => {
  const application = aStackResource(applicationType, { domain: hostname }, { name: 'application' });
  const between = aStackResource(
    'cloudflare:index/r2Bucket:R2Bucket',
    {},
    { name: 'b', dependencies: [application.urn] },
  );

  test('without the dependency it is refused', () => {
    const domain = aStackResource(domainType, properties);
    expect(saysOfStack(domainAfterAccess, [application, domain])).toEqual([
      'files.example.com does not wait for an Access application that covers it',
    ]);
  });

  test.each([
    ['by dependsOn', { dependencies: [application.urn] }],
    ['by a property', { propertyDependencies: { domain: [application.urn] } }],
    ['through another resource', { dependencies: [between.urn] }],
  ])('with it, %s, it is good', (_case, more) => {
    const domain = aStackResource(domainType, properties, more);
    expect(saysOfStack(domainAfterAccess, [application, between, domain])).toEqual([]);
  });

  test('waiting for another hostname’s does not count', () => {
    const other = aStackResource(applicationType, { domain: 'other.example.com' }, { name: 'other' });
    const domain = aStackResource(domainType, properties, { dependencies: [other.urn] });
    expect(saysOfStack(domainAfterAccess, [other, domain])).toHaveLength(1);
  });
});
