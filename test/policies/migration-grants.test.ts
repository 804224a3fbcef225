import { type Configuration, parseConfiguration } from '../../policies/configuration.ts';
import { iamDialect } from '../../policies/dialects/iam.ts';
import { grantsOf, sideGrant } from '../../policies/migration-grants.ts';
import type { Operation, Side } from '../../policies/operation.ts';
import { probeGrid } from '../../policies/probe-grid.ts';
import { probeRequest } from '../../policies/probe-request.ts';
import { destinationKey, s3Stack, serverSide } from './fixtures/s3-stack.ts';
import { changed, productionValues, sandboxValues } from './fixtures/values.ts';

function migration(operation: Operation, verification: 'listing' | 'content' = 'listing') {
  const values = changed(
    changed(sandboxValues(), 'migrations[0].operation', operation),
    'migrations[0].options.verification',
    verification,
  );
  const [first] = parseConfiguration('dev', values, { issuedOnDefault: '2026-11-22' }).migrations;
  if (!first) throw new Error('the stack has a migration');
  return first;
}

describe('O1: an operation needs, on each side,', () => {
  test.each([
    ['copy', 'source', ['list', 'read']],
    ['copy', 'destination', ['list', 'write', 'multipart']],
    ['sync', 'source', ['list', 'read']],
    ['sync', 'destination', ['list', 'read', 'write', 'delete', 'multipart']],
    ['verify', 'source', ['list', 'read']],
    ['verify', 'destination', ['list', 'read']],
  ] as const)('%s, %s: %j', (operation, side, abilities) => {
    expect(sideGrant(migration(operation), side)?.abilities).toEqual(abilities);
  });

  test('verification by content adds read at the destination, and nothing at the source', () => {
    expect(sideGrant(migration('copy', 'content'), 'destination')?.abilities).toEqual([
      'list',
      'read',
      'write',
      'multipart',
    ]);
    expect(sideGrant(migration('copy', 'content'), 'source')?.abilities).toEqual(['list', 'read']);
  });
});

describe('S1, S2: an option changes what is needed, and nothing else does:', () => {
  const option = (name: string) => s3Stack({ [`migrations[0].options.${name}`]: true });
  const grant = (configuration: Configuration, side: Side) => {
    const [first] = configuration.migrations;
    const found = first && sideGrant(first, side);
    if (!found) throw new Error('a bucket has a grant');
    return found;
  };

  test('versions, at the source', () => {
    expect(grant(option('versions'), 'source').abilities).toEqual(['list', 'read', 'version']);
    expect(grant(option('versions'), 'destination')).toEqual(grant(s3Stack(), 'destination'));
  });

  test('TLS only, in the policy of every side on aws', () => {
    const [first] = parseConfiguration(
      'prod',
      changed(productionValues(), 'migrations[0].options.tlsOnly', true),
    ).migrations;
    expect(first && sideGrant(first, 'source')?.options).toEqual({ tlsOnly: true });
    expect(first && sideGrant(first, 'destination')).not.toHaveProperty('options');
  });

  test('TLS only, over both buckets of a server-side copy', () => {
    const both = grant(s3Stack({ ...serverSide, 'migrations[0].options.tlsOnly': true }), 'destination');
    const denial = iamDialect.render(both).Statement.find(({ Sid }) => Sid === 'TlsOnly');
    const buckets = [both.options?.copyFrom?.location, both.location].map((location) => location?.bucket ?? '');
    expect(denial?.Resource).toEqual(
      buckets.flatMap((bucket) => [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]),
    );
  });

  test('tags, on both sides', () => {
    expect(grant(option('tags'), 'source').abilities).toEqual(['list', 'read', 'tag']);
    expect(grant(option('tags'), 'destination').abilities).toEqual(['list', 'write', 'multipart', 'tag']);
  });

  test('append-only, at the destination', () => {
    expect(grant(option('appendOnly'), 'destination').options).toEqual({ appendOnly: true });
    expect(grant(option('appendOnly'), 'source')).toEqual(grant(s3Stack(), 'source'));
  });

  test('a key, on the side whose objects it encrypts', () => {
    const keyed = s3Stack({ 'migrations[0].destination.kmsKeyArn': destinationKey });
    expect(grant(keyed, 'destination').options).toEqual({ kmsKeyArn: destinationKey });
    expect(grant(keyed, 'source').options).toBeUndefined();
  });

  test('requester pays needs no right: each request says so', () => {
    const pays = grant(s3Stack({ 'migrations[0].source.requesterPays': true }), 'source');
    expect(iamDialect.render(pays)).toEqual(iamDialect.render(grant(s3Stack(), 'source')));
    const [probe] = probeGrid(pays);
    expect(probe && probeRequest(probe, pays, { canary: 'c', otherBucket: 'decoy' }).headers).toEqual({
      'x-amz-request-payer': 'requester',
    });
  });

  test('a server-side copy: one credential, the destination’s, holds both sides', () => {
    const copy = s3Stack({ ...serverSide, 'migrations[0].options.tags': true });
    expect(grantsOf(copy).map(({ access }) => access)).toEqual(['media/destination']);
    expect(grant(copy, 'destination').options?.copyFrom).toMatchObject({
      access: 'media/source',
      abilities: ['list', 'read', 'tag'],
    });
    expect(iamDialect.render(grant(copy, 'source'))).toEqual(iamDialect.render(grant(copy, 'destination')));
  });
});

test('O8: a directory needs no grant', () => {
  const [, , laptop] = parseConfiguration('prod', productionValues()).migrations;
  expect(laptop && sideGrant(laptop, 'source')).toBeUndefined();
});

test('O3: each side of each migration has a grant of its own, in order', () => {
  expect(grantsOf(parseConfiguration('prod', productionValues())).map(({ access }) => access)).toEqual([
    'media/source',
    'media/destination',
    'mirror/source',
    'mirror/destination',
    'laptop/destination',
  ]);
});
