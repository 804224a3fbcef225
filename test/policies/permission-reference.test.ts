import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { permissionReference } from '../../policies/permission-reference.ts';

const committed = readFileSync(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8');
const cellsOf = (start: string) =>
  committed
    .split('\n')
    .find((line) => line.startsWith(`| ${start} `))
    ?.split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('S6, R5: docs/permissions.md', () => {
  test('is what the model says today (else: node scripts/document-permissions.ts)', () => {
    expect(committed).toBe(permissionReference());
  });

  test('names who needs delete, and why', () => {
    expect(cellsOf('`s3:DeleteObject`')).toEqual([
      '`s3:DeleteObject`',
      'Write',
      'sync removes what the source no longer has',
      'sync destination',
    ]);
  });

  test('holds no action that manages permissions', () => {
    expect(committed).not.toMatch(/Permissions management|s3:\*|Acl/);
  });

  test.each([
    ['list buckets', ['no', 'no', 'yes, everywhere', 'yes, everywhere']],
    ['create and delete buckets', ['no', 'no', 'no', 'yes, everywhere']],
    ['read objects', ['its buckets', 'its buckets', 'yes, everywhere', 'yes, everywhere']],
    ['delete objects', ['no', 'its buckets', 'no', 'yes, everywhere']],
  ])('R5: %s', (what, cells) => {
    expect(cellsOf(what)?.slice(1)).toEqual(cells);
  });
});
