import { type Mistakes, testMistakes } from '../fixtures/mistakes.ts';

const production: Mistakes = {
  refused: [
    [
      'domains[0].hostname',
      'files.acme.org',
      '"files.acme.org" is not in zone "acme.com": write a name that ends in ".acme.com", or its own zone',
    ],
    [
      'domains[0].hostname',
      'evilacme.com',
      '"evilacme.com" is not in zone "acme.com": write a name that ends in ".acme.com", or its own zone',
    ],
    [
      'domains[0].hostname',
      'Files.acme.com',
      '"Files.acme.com" is not a hostname in lower case: write a hostname such as files.example.com',
    ],
    [
      'domains[0].zone.id',
      1234,
      '1234 is a number, not 32 lower-case hexadecimal digits in quotes: write the id in quotes, such as "0a1b2c3d4e5f60718293a4b5c6d7e8f9"',
    ],
    ['domains[0].bucket.name', undefined, 'is missing: write the bucket alone, such as media'],
    ['domains[0].minimumTls', 1.2, '1.2 is no TLS version in quotes: write "1.0", "1.1", "1.2" or "1.3"'],
    ['domains[0].sessionDuration', '8 hours', '"8 hours" is not a duration: write a duration such as 24h or 30m'],
    [
      'domains[0].policies',
      [],
      'admit nobody: add a policy with decision allow that includes an e-mail or domain, or service-auth that includes a service token',
    ],
    ['domains[0].policies', undefined, 'is missing: write a list'],
    [
      'domains[0].policies',
      [{ name: 'no', decision: 'deny', include: [{ email: 'a@acme.com' }] }],
      'admit nobody: add a policy with decision allow that includes an e-mail or domain, or service-auth that includes a service token',
    ],
    ['domains[0].policies[1].include', [], '[] speaks of nobody: name whom the policy is about, or remove it'],
    [
      'domains[0].policies[1].decision',
      'bypass',
      '"bypass" would serve the bucket to anyone: write one of allow, deny, service-auth',
    ],
    [
      'domains[0].policies[1].decision',
      'alow',
      '"alow" is unknown (did you mean "allow"?): write one of allow, deny, service-auth',
    ],
    [
      'domains[0].policies[1].include[0]',
      { everyone: {} },
      'would admit the whole internet: name people, e-mail domains or service tokens; a public bucket needs no Access',
      'domains[0].policies[1].include[0].everyone',
    ],
    [
      'domains[0].policies[1].include[0]',
      { country: 'KP' },
      'is not yet supported: remove it; this version would not act on it',
      'domains[0].policies[1].include[0].country',
    ],
    [
      'domains[0].policies[1].include[0]',
      { email: 'a@acme.com', emailDomain: 'acme.com' },
      '{"email":"a@acme.com","emailDomain":"acme.com"} has 2 selectors: write one selector an entry, such as { emailDomain: example.com }',
    ],
    [
      'domains[0].policies[1].include[0]',
      {},
      '{} selects nobody: write one selector an entry, such as { emailDomain: example.com }',
    ],
    [
      'domains[0].policies[1].include[0]',
      { email: 'ann' },
      '"ann" is not an e-mail address: write an address such as ann@example.com',
      'domains[0].policies[1].include[0].email',
    ],
    [
      'domains[0].policies[1].include[0]',
      { serviceToken: 'reader' },
      '"reader" never passes a policy with decision allow: write decision: service-auth',
      'domains[0].policies[1].include[0].serviceToken',
    ],
    [
      'domains[0].policies[0].include[0]',
      { serviceToken: 'writer' },
      '"writer" is no service token of this domain (the domain has reader): add { name: writer } to its serviceTokens',
      'domains[0].policies[0].include[0].serviceToken',
    ],
    [
      'domains[0].serviceTokens',
      [],
      '"reader" is no service token of this domain (the domain has none): add { name: reader } to its serviceTokens',
      'domains[0].policies[0].include[0].serviceToken',
    ],
    ['domains[0].policies[1].name', 'machines', '"machines" is used twice: give each policy a name of its own'],
    [
      'domains[0].serviceTokens[1]',
      { name: 'reader', credential: { current: { issuedOn: '2026-11-22' } } },
      '"reader" is used twice: give each service token a name of its own',
      'domains[0].serviceTokens[1].name',
    ],
    [
      'domains[1]',
      {
        hostname: 'files.acme.com',
        zone: { id: '0a1b2c3d4e5f60718293a4b5c6d7e8f0', name: 'acme.com' },
        bucket: { name: 'media', jurisdiction: 'eu' },
        sessionDuration: '8h',
        policies: [
          { name: 'machines', decision: 'service-auth', include: [{ serviceToken: 'reader' }] },
          {
            name: 'staff',
            decision: 'allow',
            include: [{ emailDomain: 'acme.com' }],
            exclude: [{ email: 'mallory@acme.com' }],
          },
        ],
        serviceTokens: [{ name: 'reader', credential: { current: { generation: 1, issuedOn: '2026-11-22' } } }],
      },
      '"files.acme.com" is used twice: a hostname serves one bucket; remove one',
      'domains[1].hostname',
    ],
    [
      'domains[0].serviceTokens[0].credential.current.issuedOn',
      undefined,
      'is missing: run `sluice up`, which writes today\'s date, or write the day in quotes, such as "2026-11-22"',
    ],
    [
      'domains',
      { secure: 'v1:abc' },
      'is encrypted (secure:): write it in clear; credentials never stand in the configuration but come from the environment',
    ],
  ],
  notYetSupported: ['domains[0].paths'],
};

describe('X1: a mistake in a protected domain names the path, the value and the fix', () => {
  testMistakes('production', production);
});
