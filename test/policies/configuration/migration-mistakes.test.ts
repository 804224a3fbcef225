import { type Mistakes, testMistakes } from '../fixtures/mistakes.ts';

const production: Mistakes = {
  refused: [
    [
      'migrations[0].source.region',
      'us-gov-west-1',
      '"us-gov-west-1" lies in partition aws-us-gov, not in aws: write a region of aws, or partition: aws-us-gov in providers.aws',
    ],
    ['migrations', 'media', '"media" is not a list: write a list'],
    [
      'migrations[0]',
      'media',
      '"media" is not a section with name, operation, source, destination, options, afterDeploy, crossEnvironment: write a section with name, operation, source, destination, options, afterDeploy, crossEnvironment',
    ],
    [
      'migrations[0].name',
      'Media',
      '"Media" is not a name: a lower-case letter, then at most 23 lower-case letters, digits and hyphens: write a name such as media',
    ],
    [
      'migrations[0].name',
      'a'.repeat(25),
      '"aaaaaaaaaaaaaaaaaaaaaaaaa" is not a name: a lower-case letter, then at most 23 lower-case letters, digits and hyphens: write a name such as media',
    ],
    ['migrations[1].name', 'media', '"media" is used twice: give each migration a name of its own'],
    ['migrations[0].operation', 'move', '"move" is unknown: write one of copy, sync, verify'],
    ['migrations[0].operation', 'copi', '"copi" is unknown (did you mean "copy"?): write one of copy, sync, verify'],
    ['migrations[0].source', undefined, 'is missing: write a section with provider (aws, r2 or file)'],
    ['migrations[0].source.provider', 'gcs', '"gcs" is unknown: write aws, r2 or file'],
    ['migrations[0].source.provider', undefined, 'is missing: write aws, r2 or file'],
    ['migrations[0].source.provider', 'b2', '"b2" is not yet supported: write aws, r2 or file'],
    [
      'migrations[0].source.bucket',
      'Media',
      '"Media" is not a name that S3 gives to buckets: write the bucket alone: 3 to 63 lower-case letters, digits, hyphens and single dots',
    ],
    [
      'migrations[0].source.bucket',
      'media*',
      '"media*" is not a name that S3 gives to buckets: write the bucket alone: 3 to 63 lower-case letters, digits, hyphens and single dots',
    ],
    [
      'migrations[0].source.bucket',
      '192.168.0.1',
      '"192.168.0.1" is not a name that S3 gives to buckets: write the bucket alone: 3 to 63 lower-case letters, digits, hyphens and single dots',
    ],
    [
      'migrations[0].destination.bucket',
      'my.bucket',
      '"my.bucket" is not a name that R2 gives to buckets (3 to 63 lower-case letters, digits and hyphens): write the bucket alone, such as media',
    ],
    [
      'migrations[0].source.prefix',
      undefined,
      'is missing: write the prefix, such as uploads/, or "" for the whole bucket',
    ],
    [
      'migrations[0].source.prefix',
      'uploads',
      '"uploads" must end in "/": without it, "uploads-private/" is reachable too; write "uploads/"',
    ],
    ['migrations[0].source.prefix', '/uploads/', '"/uploads/" starts with "/", which keys do not: write "uploads/"'],
    [
      'migrations[0].source.prefix',
      `${'a'.repeat(1024)}/`,
      '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.. has 1025 bytes, of at most 1024: shorten it',
    ],
    [
      'migrations[0].source.prefix',
      'x/.sluice-canary/',
      '"x/.sluice-canary/" is kept for the smoke test\'s canaries: choose another prefix',
    ],
    [
      'migrations[0].source.prefix',
      '\ud800/',
      '"\\ud800/" has a character that no key can have: write it in UTF-8, without NUL',
    ],
    ['migrations[0].source.prefix', 7, '7 is not text: write the prefix, such as uploads/, or "" for the whole bucket'],
    ['migrations[0].destination.region', 'auto', 'has no place on R2: remove it; R2 has jurisdictions'],
    ['migrations[0].destination.jurisdiction', 'asia', '"asia" is unknown: write one of default, eu, us, fedramp'],
    [
      'migrations[0].destination.acountId',
      'x',
      'is no key here (did you mean "accountId"?): remove it, or use one of provider, bucket, prefix, jurisdiction, accountId, credential',
    ],
    [
      'migrations[0].destination.accountId',
      'x',
      '"x" is not 32 lower-case hexadecimal digits: write the id in quotes, such as "0a1b2c3d4e5f60718293a4b5c6d7e8f9"',
    ],
    [
      'migrations[2].source.path',
      '',
      '"" names no directory: write one, such as ./exports, or . for the project itself',
    ],
    ['migrations[2].source.credential', {}, 'has no place on a directory: remove it; a directory needs no credential'],
    ['migrations[2].source.prefix', '', 'is no key here: remove it, or use one of provider, path'],
    [
      'migrations[1].destination',
      { provider: 'r2', bucket: 'media', prefix: 'uploads/', jurisdiction: 'eu' },
      'is missing: run `sluice up`, which writes today\'s date, or write the day in quotes, such as "2026-11-22"',
      'migrations[1].destination.credential.current.issuedOn',
    ],
    [
      'migrations[1].destination.credential.current.issuedOn',
      '2026-13-01',
      '"2026-13-01" is no day of the calendar: write one that exists',
    ],
    [
      'migrations[0].source.credential.current.issuedOn',
      undefined,
      'is missing: run `sluice up`, which writes today\'s date, or write the day in quotes, such as "2026-11-22"',
    ],
    [
      'migrations[0].source.credential.current.issuedOn',
      '2026-11-22 00:00:00 +0000 UTC',
      '"2026-11-22 00:00:00 +0000 UTC" is a date without quotes, which Pulumi rewrites: write it in quotes: "2026-11-22"',
    ],
    [
      'migrations[0].source.credential.current.issuedOn',
      new Date('2026-11-22'),
      '"2026-11-22T00:00:00.000Z" is a date without quotes, which Pulumi rewrites: write it in quotes: "2026-11-22"',
    ],
    [
      'migrations[0].source.credential.current.issuedOn',
      '2026-11-22T00:00:00Z',
      '"2026-11-22T00:00:00Z" is a date without quotes, which Pulumi rewrites: write it in quotes: "2026-11-22"',
    ],
    [
      'migrations[0].source.credential.current.issuedOn',
      '2026-02-30',
      '"2026-02-30" is no day of the calendar: write one that exists',
    ],
    [
      'migrations[0].source.credential.current.issuedOn',
      20261122,
      '20261122 is not a day: write it in quotes: "2026-11-22"',
    ],
    [
      'migrations[0].source.credential.current.expiresOn',
      '2026-11-22',
      '"2026-11-22" is not after issuedOn "2026-11-22": write a day from "2026-11-23" to "2027-11-22", or leave it to ttlDays',
    ],
    [
      'migrations[0].source.credential.current.expiresOn',
      '2028-01-01',
      '"2028-01-01" is more than 365 days after issuedOn "2026-11-22": write a day from "2026-11-23" to "2027-11-22", or leave it to ttlDays',
    ],
    [
      'migrations[0].source.credential.current.generation',
      0,
      '0 is not a whole number of at least 1: write such a number, without quotes',
    ],
    [
      'migrations[0].source.credential.current.generation',
      '2',
      '"2" is not a whole number of at least 1: write such a number, without quotes',
    ],
    [
      'migrations[0].destination.credential.current.generation',
      3,
      '1 is not the one before the current 3: write 2, or remove previous',
      'migrations[0].destination.credential.previous.generation',
    ],
    [
      'migrations[0].destination.credential.current.generation',
      1,
      '1 is not the one before the current 1: remove previous: the first generation has none',
      'migrations[0].destination.credential.previous.generation',
    ],
    [
      'migrations[0].destination.credential.previous.issuedOn',
      undefined,
      'is missing: write a day in quotes, such as "2026-11-22"',
    ],
    [
      'migrations[0].destination.credential.previous.issuedOn',
      '2026-12-01',
      '"2026-12-01" is later than the current generation\'s "2026-11-22": write the day on which that generation was issued',
    ],
    [
      'migrations[0].destination.credential.previous.state',
      'disabled',
      '"disabled" is not yet supported: write one of enabled',
    ],
    ['migrations[0].destination.credential.previous.state', 'gone', '"gone" is unknown: write one of enabled'],
    [
      'migrations[0].source.credential.ttlDays',
      366,
      '366 is not a whole number from 1 to 365: write such a number, without quotes',
    ],
    ['migrations[0].options.verification', 'hash', '"hash" is unknown: write one of listing, content'],
    [
      'migrations[0].options.deletesMax',
      5,
      '5 limits deletions, and copy deletes nothing: remove it, or write operation: sync',
    ],
    [
      'migrations[1].options.deletesMaxPercent',
      101,
      '101 is not a whole number from 0 to 100: write such a number, without quotes',
    ],
    [
      'migrations[1].options.deletesMax',
      -1,
      '-1 is not a whole number of at least 0: write such a number, without quotes',
    ],
    [
      'migrations[0].afterDeploy',
      'nothin',
      '"nothin" is unknown (did you mean "nothing"?): write one of run, smoke-only, nothing',
    ],
    [
      'migrations[0].destination.bucket',
      { secure: 'v1:abc' },
      'is encrypted (secure:): write it in clear; credentials never stand in the configuration but come from the environment',
    ],
  ],
  notYetSupported: ['migrations[0].source.credential.temporary', 'migrations[0].source.credential.deliverTo'],
};

const sandbox: Mistakes = {
  refused: [
    [
      'migrations[0].destination.jurisdiction',
      'us',
      'is reached through endpoints.r2.us, which is missing: add it: without it the sandbox would reach the real cloud',
      'migrations[0].destination',
    ],
  ],
  notYetSupported: [],
};

describe('X1: a mistake in a migration names the path, the value and the fix', () => {
  testMistakes('production', production);
  testMistakes('sandbox', sandbox);
});
