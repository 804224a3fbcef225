import { type Mistakes, testMistakes } from '../fixtures/mistakes.ts';

const production: Mistakes = {
  refused: [
    ['format', 2, '2 is a format this version does not know: write 1'],
    ['environment', undefined, 'is missing: write a name such as prod'],
    [
      'environment',
      'Prod',
      '"Prod" is not a name: a lower-case letter, then at most 31 lower-case letters, digits and hyphens: write a name such as prod',
    ],
    [
      'environment',
      'sandbox',
      'is missing: the environment "sandbox" needs loopback endpoints; name the environment otherwise to use real clouds',
      'endpoints',
    ],
    ['providers', undefined, 'is missing: write a section with aws, r2'],
    [
      'providers.aws',
      undefined,
      '"aws" needs providers.aws, which is missing: add aws: { accountId: "123456789012", region: eu-west-1 } to providers',
      'migrations[0].source.provider',
    ],
    [
      'providers.r2',
      undefined,
      '"r2" needs providers.r2, which is missing: add r2: { accountId: "..32 hexadecimal digits.." } to providers',
      'migrations[0].destination.provider',
    ],
    [
      'providers.aws.accountId',
      123456789012,
      '123456789012 is a number, not 12 digits in quotes: write the id in quotes, such as "123456789012"',
    ],
    ['providers.aws.accountId', '12345', '"12345" is not 12 digits: write the id in quotes, such as "123456789012"'],
    [
      'providers.r2.accountId',
      1,
      '1 is a number, not 32 lower-case hexadecimal digits in quotes: write the id in quotes, such as "0a1b2c3d4e5f60718293a4b5c6d7e8f9"',
    ],
    ['providers.aws.partition', 'azure', '"azure" is unknown: write one of aws, aws-cn, aws-us-gov'],
    ['providers.aws.region', 'eu', '"eu" is not an AWS region: write a region such as eu-west-1'],
    [
      'providers.aws.region',
      'cn-north-1',
      '"cn-north-1" lies in partition aws-cn, not in aws: write a region of aws, or partition: aws-cn in providers.aws',
    ],
    ['credentialDefaults.ttlDays', 0, '0 is not a whole number from 1 to 365: write such a number, without quotes'],
    [
      'bucket',
      [],
      'is no key here (did you mean "buckets"?): remove it, or use one of format, environment, providers, endpoints, credentialDefaults, boundary, migrations, buckets, domains, smoke, approvedWidenings',
    ],
    [
      'buckets',
      [{ provider: 'aws', name: 'media-prod', emptyOnDestroy: true }],
      'true would delete data in environment "prod": remove it; only sandbox may',
      'buckets[0].emptyOnDestroy',
    ],
  ],
  notYetSupported: ['providers.b2', 'sinks', 'identityProviders', 'credentialDefaults.temporary'],
};

const sandbox: Mistakes = {
  refused: [
    [
      'environment',
      'staging',
      'has no place in environment "staging": remove it, or write environment: sandbox',
      'endpoints',
    ],
    [
      'endpoints',
      {},
      'is missing: the environment "sandbox" needs loopback endpoints; name the environment otherwise to use real clouds',
    ],
    [
      'providers.r2',
      undefined,
      '"r2" needs providers.r2, which is missing: add r2: { accountId: "..32 hexadecimal digits.." } to providers',
      'migrations[0].destination.provider',
    ],
    [
      'endpoints.aws.s3',
      'https://s3.eu-west-1.amazonaws.com',
      '"https://s3.eu-west-1.amazonaws.com" is not on this machine: endpoints are the sandbox\'s: use 127.0.0.1, [::1] or localhost; remove "endpoints" to use the real clouds',
    ],
    [
      'endpoints.r2.default',
      'http://127.0.0.1:4782/client',
      '"http://127.0.0.1:4782/client" is more than scheme, host and port: write "http://127.0.0.1:4782"',
    ],
    [
      'endpoints.edge.http',
      '127.0.0.1:4784',
      '"127.0.0.1:4784" is not an http or https URL: write one such as "http://127.0.0.1:4780"',
    ],
    [
      'endpoints.aws.iam',
      'http://127.0.0.1.evil.example',
      '"http://127.0.0.1.evil.example" is not on this machine: endpoints are the sandbox\'s: use 127.0.0.1, [::1] or localhost; remove "endpoints" to use the real clouds',
    ],
    [
      'endpoints.aws',
      undefined,
      'is reached through endpoints.aws, which is missing: add it: without it the sandbox would reach the real cloud',
      'migrations[0].source',
    ],
    ['buckets[0].protect', 'false', '"false" is neither true nor false: write true or false, without quotes'],
    ['buckets[1].provider', 'b2', '"b2" is not yet supported: write aws or r2'],
    ['buckets[2].name', 'media-prod', '"media-prod" is made twice on aws: remove one'],
    [
      'smoke.decoyBuckets.aws',
      'media-prod',
      '"media-prod" is a bucket that a migration reaches: name a bucket that no migration uses',
    ],
    ['smoke.greensInARow', 0, '0 is not a whole number from 1 to 100: write such a number, without quotes'],
    [
      'smoke.propagationTimeoutSeconds',
      '180',
      '"180" is not a whole number from 1 to 3600: write such a number, without quotes',
    ],
    [
      'smoke.canarys',
      true,
      'is no key here (did you mean "canaries"?): remove it, or use one of canaries, outsideCanaries, decoyBuckets, greensInARow, propagationTimeoutSeconds',
    ],
  ],
  notYetSupported: [
    'endpoints.b2',
    'buckets[0].adopt',
    'buckets[0].lifecycle',
    'buckets[0].lock',
    'buckets[0].region',
    'buckets[0].versioning',
    'buckets[1].jurisdiction',
    'buckets[1].locationHint',
    'buckets[1].cors',
    'smoke.decoyBuckets.b2',
  ],
};

describe('X1: a mistake in accounts, endpoints, buckets and the smoke test names the path, the value and the fix', () => {
  testMistakes('production', production);
  testMistakes('sandbox', sandbox);
});
