import { parseConfiguration } from '../../policies/configuration.ts';
import { grantsOf, sideGrant } from '../../policies/migration-grants.ts';
import type { Operation } from '../../policies/operation.ts';
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
