import { accessFile, formatAccessFile, parseAccessFile } from '../../policies/access-file.ts';
import { parseConfiguration } from '../../policies/configuration.ts';
import { productionValues, sandboxValues } from './fixtures/values.ts';

const production = accessFile(parseConfiguration('prod', productionValues(), { today: '2026-11-22' }));
const sandboxOn = (day: string) => accessFile(parseConfiguration('dev', sandboxValues(), { issuedOnDefault: day }));

describe('X4: the committed access file', () => {
  test('holds each credential’s grant and the policy that carries it out', () => {
    expect(production.credentials.map(({ access, rendered }) => [access, rendered.dialect])).toEqual([
      ['media/source', 'iam'],
      ['media/destination', 'r2-token'],
      ['mirror/source', 'r2-token'],
      ['mirror/destination', 'iam'],
      ['laptop/destination', 'r2-token'],
    ]);
    expect(production.domains[0]?.policies.map(({ name }) => name)).toEqual(['machines', 'staff']);
  });

  test('is read back as it was written', () => {
    expect(parseAccessFile(formatAccessFile(production), 'access/prod.json')).toEqual(production);
  });

  test('does not age: the sandbox’s stack has no dates, another has those that its configuration declares', () => {
    expect(formatAccessFile(sandboxOn('2026-11-22'))).toBe(formatAccessFile(sandboxOn('2031-01-01')));
    expect(formatAccessFile(sandboxOn('2026-11-22'))).not.toContain('issuedOn');
    expect(production.credentials[0]?.generations).toEqual([
      { generation: 1, slot: 'a', issuedOn: '2026-11-22', expiresOn: '2027-01-21' },
    ]);
  });

  test('is lines that a reviewer reads: an action more is one changed line', () => {
    const text = formatAccessFile(production);
    const changed = formatAccessFile({
      ...production,
      domains: production.domains.map((domain) => ({ ...domain, bucket: 'r2://other.eu/' })),
    });
    const before = new Set(text.split('\n'));
    expect(changed.split('\n').filter((line) => !before.has(line))).toEqual(['      "bucket": "r2://other.eu/",']);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(160);
  });

  test.each([
    ['{', 'access/prod.json: is not JSON'],
    ['[]', 'access/prod.json, top: is not an access file of this version'],
    ['{"format":2}', 'access/prod.json, format: is not an access file'],
    [JSON.stringify({ ...production, secret: 'x' }), 'is not an access file of this version: Unrecognized key'],
  ])('%s is refused by name', (text, message) => {
    expect(() => parseAccessFile(text, 'access/prod.json')).toThrow(message);
  });
});
