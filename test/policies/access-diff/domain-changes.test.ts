import type { AccessFileDomain } from '../../../policies/access-file.ts';
import { domainChanges } from '../../../policies/access-diff/domain-changes.ts';

type Policy = AccessFileDomain['policies'][number];

const policy = (change: Partial<Policy>): Policy => ({
  name: 'staff',
  decision: 'allow',
  include: ['emailDomain acme.com'],
  require: [],
  exclude: [],
  ...change,
});
const domain = (...policies: Partial<Policy>[]): AccessFileDomain => ({
  hostname: 'files.acme.com',
  bucket: 'r2://media/',
  policies: policies.map(policy),
  serviceTokens: [{ name: 'reader', generations: [{ generation: 1 }] }],
});
const compare = (before: AccessFileDomain | undefined, after: AccessFileDomain | undefined) =>
  domainChanges({ before, after }).map(({ kind, notes }) => `${kind}: ${notes.join('; ')}`);

describe('X4: an audience widens when', () => {
  test.each<[string, AccessFileDomain, AccessFileDomain, string]>([
    [
      'an include is added',
      domain({}),
      domain({ include: ['emailDomain acme.com', 'emailDomain partner.test'] }),
      'anyone at partner.test',
    ],
    ['a require is dropped', domain({ require: ['country CH'] }), domain({}), 'anyone at acme.com'],
    ['an exclude is dropped', domain({ exclude: ['email mallory@acme.com'] }), domain({}), 'mallory@acme.com'],
    ['a deny becomes an allow', domain({ decision: 'deny' }), domain({}), 'anyone at acme.com'],
    [
      'a deny moves behind an allow',
      domain({ name: 'no', decision: 'deny', include: ['email mallory@acme.com'] }, {}),
      domain({}, { name: 'no', decision: 'deny', include: ['email mallory@acme.com'] }),
      'mallory@acme.com',
    ],
    [
      'a deny loses an include',
      domain({ name: 'no', decision: 'deny', include: ['email a@acme.com', 'email b@acme.com'] }, {}),
      domain({ name: 'no', decision: 'deny', include: ['email a@acme.com'] }, {}),
      'b@acme.com',
    ],
    [
      'a service token is let in',
      domain({}),
      domain({}, { name: 'machines', decision: 'service-auth', include: ['serviceToken reader'] }),
      'service token reader',
    ],
  ])('%s', (_, before, after, who) => {
    expect(compare(before, after)).toEqual([`widens: lets in ${who}`]);
    expect(compare(after, before)).toEqual([`narrows: no longer ${who}`]);
  });

  test('the hostname is new, and narrows when it goes', () => {
    expect(compare(undefined, domain({}))).toEqual(['new: lets in anyone at acme.com']);
    expect(compare(domain({}), undefined)).toEqual(['removed: no longer anyone at acme.com']);
  });

  test('it serves another bucket', () => {
    expect(compare(domain({}), { ...domain({}), bucket: 'r2://secrets/' })).toEqual([
      'removed: no longer anyone at acme.com',
      'new: lets in anyone at acme.com',
    ]);
  });

  test('there are too many selectors to try everybody', () => {
    const countries = Array.from({ length: 9 }, (_, index) => `country ${index}`);
    expect(compare(domain({}), domain({ require: countries }))[0]).toContain('too many to be decided');
  });
});

describe('X4: an audience does not widen when', () => {
  test('policies are renamed, cut apart, or name someone whom they let in anyway', () => {
    expect(compare(domain({}), domain({ name: 'everybody-here' }))).toEqual([]);
    const both = ['emailDomain acme.com', 'emailDomain partner.test'];
    expect(
      compare(domain({ include: both }), domain({ include: both.slice(0, 1) }, { name: 'b', include: both.slice(1) })),
    ).toEqual([]);
    expect(compare(domain({}), domain({ include: ['emailDomain acme.com', 'email ann@acme.com'] }))).toEqual([]);
  });

  test('an allow names a service token: only service-auth lets one in', () => {
    expect(compare(domain({}), domain({ include: ['emailDomain acme.com', 'serviceToken reader'] }))).toEqual([]);
  });

  test('a service token rotates', () => {
    const after = {
      ...domain({}),
      serviceTokens: [{ name: 'reader', generations: [{ generation: 2 }, { generation: 1 }] }],
    };
    expect(compare(domain({}), after)).toEqual(['rotates: service token reader: generation 1 -> 2 + 1']);
  });
});

describe('X4: the terms of a hostname', () => {
  const terms = (change: Partial<AccessFileDomain>): AccessFileDomain => ({ ...domain({}), ...change });

  test.each<[string, Partial<AccessFileDomain>, Partial<AccessFileDomain>, string]>([
    ['an older TLS', { minimumTls: '1.2' }, { minimumTls: '1.0' }, 'minimum TLS 1.2 -> 1.0'],
    ['a longer session', { sessionDuration: '90m' }, { sessionDuration: '8h' }, 'session 90m -> 8h'],
    [
      'a longer session than the default, which nobody wrote down',
      {},
      { sessionDuration: '24h1s' },
      'session 24h -> 24h1s',
    ],
  ])('%s widens', (_name, before, after, note) => {
    expect(compare(terms(before), terms(after))).toEqual([`widens: ${note}`]);
  });

  test('the other way round they narrow, and equal ones are no change', () => {
    expect(compare(terms({ minimumTls: '1.0' }), terms({ minimumTls: '1.3' }))).toEqual([
      'narrows: minimum TLS 1.0 -> 1.3',
    ]);
    expect(compare(terms({ sessionDuration: '48h' }), terms({ sessionDuration: '1h30m' }))).toEqual([
      'narrows: session 48h -> 1h30m',
    ]);
    expect(compare(terms({ sessionDuration: '24h' }), terms({ minimumTls: '1.2', sessionDuration: '1440m' }))).toEqual(
      [],
    );
  });

  test('a stricter TLS does not hide a longer session', () => {
    expect(compare(terms({ minimumTls: '1.2' }), terms({ minimumTls: '1.3', sessionDuration: '48h' }))).toEqual([
      'widens: session 24h -> 48h; minimum TLS 1.2 -> 1.3',
    ]);
  });
});
