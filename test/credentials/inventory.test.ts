import { UserError } from '../../base/user-error.ts';
import {
  checkStackDeployable,
  type DeployedGenerations,
  deployedGenerations,
  inventory,
} from '../../credentials/inventory.ts';
import type { Configuration } from '../../policies/configuration.ts';
import type { Generations } from '../../policies/generation.ts';
import { pair } from './generations.ts';

test('lists every credential with its path, its configured and its deployed generations', () => {
  expect(inventory(configuration(pair(2, 1), pair(1)), deployed(1))).toEqual([
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

test('before the first deploy nothing is deployed', () => {
  expect(
    inventory(configuration(pair(1), pair(1)), deployedGenerations(undefined)).map(({ deployed }) => deployed),
  ).toEqual([undefined, undefined]);
});

describe('X3: deploying a stack', () => {
  test('is refused for a service token that skips a generation, naming its path', () => {
    const check = (): void => checkStackDeployable(configuration(pair(1), pair(3, 2)), deployed(1));
    expect(check).toThrow(UserError);
    expect(check).toThrow('domains[0].serviceTokens[0].credential');
  });

  test('is accepted when every credential stays or takes its next step', () => {
    expect(() => checkStackDeployable(configuration(pair(2, 1), pair(1)), deployed(1))).not.toThrow();
  });
});

function configuration(destination: Generations, token: Generations): Configuration {
  return {
    stack: 'dev',
    format: 1,
    environment: 'sandbox',
    providers: {},
    boundary: [],
    approvedWidenings: [],
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

/** As a stack's public output has it: more than is read here, and nothing secret. */
function deployed(generation: number): DeployedGenerations {
  return deployedGenerations({
    format: 1,
    stack: 'dev',
    credentials: [
      {
        access: 'laptop/destination',
        where: 'r2://media/',
        generations: [{ generation, issuedOn: '2026-01-01', expiresOn: '2026-04-01', slot: 'a' }],
      },
    ],
    domains: [
      {
        hostname: 'files.example.test',
        serviceTokens: [{ name: 'reader', generations: [{ generation, issuedOn: '2026-01-01' }] }],
      },
    ],
  });
}

test('an output that is no access table is a bug, not an empty stack', () => {
  expect(() => deployedGenerations({ credentials: [{ access: 'media/source' }], domains: [] })).toThrow();
});

test('S8: a role has no generation that could live', () => {
  const role = { identity: 'role', principals: ['arn:aws:iam::123456789012:role/deploy'], githubSubjects: [] };
  const living = deployedGenerations({
    credentials: [{ access: 'media/source', role, generations: [] }],
    domains: [],
  });
  expect(living.size).toBe(0);
});
