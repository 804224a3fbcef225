import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarios } from '../../../scripts/conformance/clients.ts';
import { conformanceDocument } from '../../../scripts/conformance/matrix.ts';
import {
  differencesTable,
  seaweedfsDifferences,
  stepName,
} from '../../../scripts/conformance/seaweedfs-differences.ts';

const checkout = join(import.meta.dirname, '..', '..', '..');
const page = (name: string): string => readFileSync(join(checkout, 'docs', name), 'utf8');

/** Cells without the spaces that align columns. */
const cells = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.replace(/ +/g, ' ').replace(/-+/g, '-'));

describe('docs/conformance.md', () => {
  test('has the rows of the scenarios, each seen as expected', () => {
    expect(cells(page('conformance.md'))).toEqual(cells(conformanceDocument()));
  });

  test('X5: every client takes forty steps or more, and on S3 and R2 both where it speaks S3', () => {
    for (const { client, rows } of scenarios) {
      expect({ client, enough: rows.length >= 40 }).toEqual({ client, enough: true });
      const clouds = [...new Set(rows.map(({ cloud }) => cloud))];
      expect(clouds).toEqual(client === 'cloudflare' ? ['API'] : ['S3', 'R2']);
    }
  });

  test('every client is refused something, as a holder of least privilege and with wrong keys', () => {
    for (const { client, rows } of scenarios) {
      const refused = rows.filter(({ expected }) => expected.startsWith('refused'));
      expect({ client, many: refused.length >= 8 }).toEqual({ client, many: true });
    }
  });

  test('no client takes one step twice', () => {
    const names = scenarios.flatMap(({ rows }) =>
      rows.map(({ client, cloud, as, operation, what, expected }) =>
        [client, cloud, as, operation, what, expected].join(' / '),
      ),
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe('docs/sandbox.md, "Against a real server"', () => {
  test('has every difference that is explained', () => {
    const shown = new Set(cells(page('sandbox.md')));
    expect(cells(differencesTable()).filter((line) => !shown.has(line))).toEqual([]);
  });

  test('explains differences of steps that exist', () => {
    const steps = new Set(scenarios.flatMap(({ rows }) => rows.filter(({ cloud }) => cloud === 'S3').map(stepName)));
    const named = seaweedfsDifferences.flatMap((difference) => difference.steps);
    expect(named.filter((name) => !steps.has(name))).toEqual([]);
  });
});
