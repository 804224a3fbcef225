import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../support/command-line.ts';

/** `| T4 | what | what comes of it | `file`: words of a title there |` */
const rowPattern = /^\| ([TALSDKOPX]\d+) +\| .+ \| .+ \| `([^`]+)`: (.+?) +\|$/gm;

describe('docs/reliability.md', () => {
  test('names a test for every line, and each is there', async () => {
    const guide = await readFile(join(checkout, 'docs/reliability.md'), 'utf8');
    const rows = [...guide.matchAll(rowPattern)];
    expect(rows.length).toBeGreaterThan(50);
    for (const [, line = '', file = '', words = ''] of rows) {
      const text = await readFile(join(checkout, file), 'utf8');
      expect({ line, file, words, found: text.includes(words) }).toEqual({ line, file, words, found: true });
    }
  });
});
