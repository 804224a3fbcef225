import { parseConfiguration } from '../../../policies/configuration.ts';
import { messageOf } from '../fixtures/message-of.ts';
import { changed, productionValues, sandboxValues } from '../fixtures/values.ts';

const sandbox = () => parseConfiguration('dev', sandboxValues(), { issuedOnDefault: '2026-11-22' });
const production = () => parseConfiguration('prod', productionValues());

describe('X1: parsing fills in every default', () => {
  test('of a stack', () => {
    expect(sandbox()).toMatchObject({
      stack: 'dev',
      format: 1,
      environment: 'sandbox',
      providers: { aws: { accountId: '000000000000', partition: 'aws', region: 'eu-west-1' } },
      smoke: { canaries: true, outsideCanaries: true, greensInARow: 3, propagationTimeoutSeconds: 180 },
    });
    expect(production()).toMatchObject({ buckets: [], smoke: { outsideCanaries: false, decoyBuckets: {} } });
    expect(production()).not.toHaveProperty('endpoints');
  });

  test('of a migration', () => {
    expect(sandbox().migrations).toEqual([
      {
        name: 'media',
        operation: 'copy',
        source: {
          location: {
            provider: 'aws',
            bucket: 'media-prod',
            prefix: 'uploads/',
            region: 'eu-west-1',
            accountId: '000000000000',
            partition: 'aws',
          },
          credential: { current: { generation: 1, issuedOn: '2026-11-22', expiresOn: '2027-02-20' } },
        },
        destination: {
          location: {
            provider: 'r2',
            bucket: 'media',
            prefix: 'uploads/',
            jurisdiction: 'default',
            accountId: '00000000000000000000000000000001',
          },
          credential: { current: { generation: 1, issuedOn: '2026-11-22', expiresOn: '2027-02-20' } },
        },
        options: { verification: 'listing', deletesMax: 1000, deletesMaxPercent: 10 },
        afterDeploy: 'run',
      },
    ]);
  });

  test('of a directory, which has no credential', () => {
    expect(production().migrations[2]?.source).toEqual({ location: { provider: 'file', path: './exports' } });
  });

  test('of buckets and a domain', () => {
    expect(sandbox().buckets[1]).toEqual({
      provider: 'r2',
      name: 'media',
      jurisdiction: 'default',
      accountId: '00000000000000000000000000000001',
      protect: false,
      emptyOnDestroy: true,
    });
    const made = changed(productionValues(), 'buckets', [{ provider: 'aws', name: 'media-prod' }]);
    expect(parseConfiguration('prod', made).buckets).toEqual([
      { provider: 'aws', name: 'media-prod', region: 'eu-west-1', protect: true, emptyOnDestroy: false },
    ]);
    expect(sandbox().domains).toMatchObject([
      {
        hostname: 'files.example.test',
        bucket: { name: 'media', jurisdiction: 'default' },
        minimumTls: '1.2',
        sessionDuration: '24h',
        policies: [{ name: 'staff', include: [{ emailDomain: 'example.test' }], require: [], exclude: [] }, {}],
        serviceTokens: [{ name: 'reader', credential: { current: { generation: 1 } } }],
      },
    ]);
  });
});

describe('R3: every generation has an expiry', () => {
  test('issuedOn plus the ttlDays of the stack, for the previous generation too', () => {
    expect(production().migrations[0]?.destination.credential).toEqual({
      current: { generation: 2, issuedOn: '2026-11-22', expiresOn: '2027-01-21' },
      previous: { generation: 1, issuedOn: '2026-08-24', expiresOn: '2026-10-23' },
    });
  });

  test('or its own ttlDays', () => {
    const values = changed(productionValues(), 'migrations[1].destination.credential.current.expiresOn', undefined);
    const expiry = parseConfiguration('prod', values).migrations[1]?.destination.credential?.current.expiresOn;
    expect(expiry).toBe('2026-12-22');
  });

  test('or the day it names', () => {
    expect(production().migrations[1]?.destination.credential?.current.expiresOn).toBe('2026-12-01');
  });

  test('issuedOnDefault never stands in for a date that is written', () => {
    const parsed = parseConfiguration('prod', productionValues(), { issuedOnDefault: '2027-05-05' });
    expect(parsed).toEqual(production());
  });
});

test('an empty object or list from the project file counts as absent', () => {
  const values = { ...productionValues(), endpoints: {}, sinks: [], boundary: [], approvedWidenings: [], smoke: {} };
  expect(parseConfiguration('prod', values)).toEqual(production());
});

test('the result is frozen all through', () => {
  const { migrations } = production();
  expect(Object.isFrozen(migrations[0]?.source.location)).toBe(true);
});

test('a single mistake is one error with its parts apart', () => {
  const values = changed(productionValues(), 'migrations[0].source.prefix', 'uploads');
  expect(() => parseConfiguration('prod', values)).toThrow(
    expect.objectContaining({
      name: 'UserError',
      where: 'migrations[0].source.prefix',
      what: '"uploads" must end in "/"',
      fix: 'without it, "uploads-private/" is reachable too; write "uploads/"',
      exitCode: 2,
    }) as Error,
  );
});

test('several mistakes are one error with a line each', () => {
  const once = changed(productionValues(), 'migrations[0].operation', 'move');
  expect(messageOf('prod', changed(once, 'environment', undefined))).toBe(
    [
      'configuration: 2 mistakes',
      '  environment: is missing: write a name such as prod',
      '  migrations[0].operation: "move" is unknown: write one of copy, sync, verify',
    ].join('\n'),
  );
});

test('an encrypted value is refused and never shown', () => {
  const message = messageOf('prod', changed(productionValues(), 'domains', { secure: 'v1:ciphertext' }));
  expect(message).toMatch(/^domains: is encrypted/);
  expect(message).not.toContain('ciphertext');
});
