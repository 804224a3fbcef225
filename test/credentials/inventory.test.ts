import { UserError } from '../../base/user-error.ts';
import { checkStackDeployable, inventory } from '../../credentials/inventory.ts';
import type { Configuration } from '../../policies/configuration.ts';
import type { Generations } from '../../policies/generation.ts';
import { credentialsOutputSchema, type Credential } from '../../policies/stack-outputs.ts';
import { pair } from './generations.ts';

test('lists every credential with its path, its configured and its deployed generations', () => {
  expect(inventory(configuration(pair(2, 1), pair(1)), output(1))).toEqual([
    {
      name: 'laptop/destination',
      where: 'migrations[0].destination.credential',
      configured: pair(2, 1),
      deployed: { current: { generation: 1, issuedOn: '2026-01-01', expiresOn: '2026-04-01' } },
    },
    {
      name: 'files.example.test/reader',
      where: 'domains[0].serviceTokens[0].credential',
      configured: pair(1),
      deployed: pair(1),
    },
  ]);
});

test('no secret of the stack output reaches the inventory', () => {
  expect(JSON.stringify(inventory(configuration(pair(1), pair(1)), output(1)))).not.toContain('not for the inventory');
});

test('before the first deploy nothing is deployed', () => {
  expect(inventory(configuration(pair(1), pair(1)), undefined).map(({ deployed }) => deployed)).toEqual([
    undefined,
    undefined,
  ]);
});

describe('X3: deploying a stack', () => {
  test('is refused for a service token that skips a generation, naming its path', () => {
    const check = (): void => checkStackDeployable(configuration(pair(1), pair(3, 2)), output(1));
    expect(check).toThrow(UserError);
    expect(check).toThrow('domains[0].serviceTokens[0].credential');
  });

  test('is accepted when every credential stays or takes its next step', () => {
    expect(() => checkStackDeployable(configuration(pair(2, 1), pair(1)), output(1))).not.toThrow();
  });
});

function configuration(destination: Generations, token: Generations): Configuration {
  return {
    stack: 'dev',
    format: 1,
    environment: 'sandbox',
    providers: {},
    migrations: [
      {
        name: 'laptop',
        operation: 'copy',
        source: { location: { provider: 'file', path: './exports' } },
        destination: {
          location: { provider: 'r2', bucket: 'media', prefix: '', jurisdiction: 'default', accountId: '0'.repeat(32) },
          credential: destination,
        },
        options: { verification: 'listing', deletesMax: 1000, deletesMaxPercent: 10 },
        afterDeploy: 'run',
      },
    ],
    buckets: [],
    domains: [
      {
        hostname: 'files.example.test',
        zone: { id: '0'.repeat(32), name: 'example.test' },
        bucket: { name: 'media', jurisdiction: 'default' },
        minimumTls: '1.2',
        sessionDuration: '24h',
        policies: [],
        serviceTokens: [{ name: 'reader', credential: token }],
      },
    ],
    smoke: {
      canaries: true,
      outsideCanaries: false,
      decoyBuckets: {},
      greensInARow: 3,
      propagationTimeoutSeconds: 180,
    },
  };
}

function output(generation: number) {
  const current: Credential = {
    provider: 'r2',
    endpoint: 'http://127.0.0.1:4782',
    region: 'auto',
    bucket: 'media',
    prefix: '',
    accessKeyId: 'id',
    secretAccessKey: 'not for the inventory',
    slot: 'a',
    generation,
    issuedOn: '2026-01-01',
    expiresOn: '2026-04-01',
  };
  const token = { hostname: 'files.example.test', clientId: 'id', clientSecret: 'not for the inventory' };
  return credentialsOutputSchema.parse({
    format: 1,
    migrations: { laptop: { destination: { current } } },
    domains: {
      'files.example.test': {
        serviceTokens: { reader: { current: { ...token, generation, issuedOn: '2026-01-01' } } },
      },
    },
  });
}
