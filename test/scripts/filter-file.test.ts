import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseFilters, readFilterFile } from '../../scripts/filter-file.ts';
import { addOperationFlags, engineOptions, type OperationFlags } from '../../scripts/operation-flags.ts';

describe('--filter-from', () => {
  let directory: string;
  let file: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-filters-'));
    file = join(directory, 'filters');
    await writeFile(file, '- *.tmp\n+ /keep/**\n');
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function rulesOf(...words: string[]): Promise<string[]> {
    const command = addOperationFlags(new Command('copy').exitOverride(), 'copy');
    const flags = command.parse(words, { from: 'user' }).opts<OperationFlags>();
    const { rules = [] } = await engineOptions(flags, 'copy');
    return rules.map(({ action, pattern }) => `${action} ${pattern}`);
  }

  test('reads a rule a line, and passes over comments and empty lines', () => {
    expect(parseFilters('# all of it\n; and more\n\n- *.tmp\r\n  + a b/** \n')).toEqual([
      { action: 'exclude', pattern: '*.tmp' },
      { action: 'include', pattern: 'a b/**' },
    ]);
  });

  test('alone leaves out only what a "-" names', async () => {
    expect(await rulesOf('--filter-from', file)).toEqual(['exclude *.tmp', 'include /keep/**', 'include **']);
  });

  test('stands among --include and --exclude where it was given; an --include leaves out all other keys', async () => {
    expect(await rulesOf('--exclude', 'a', '--filter-from', file, '--include', 'b')).toEqual([
      'exclude a',
      'exclude *.tmp',
      'include /keep/**',
      'include b',
    ]);
  });

  test.each([
    ['*.tmp', 'line 1 begins neither with "+ " nor with "- ": *.tmp'],
    ['- a\n!', 'line 2'],
    ['-a', 'line 1'],
  ])('refuses %j', (text, said) => {
    expect(() => parseFilters(text)).toThrow(said);
  });

  test('refuses a file that is not there', () => {
    expect(() => readFilterFile(join(directory, 'none'))).toThrow(/it cannot be read: .*ENOENT/);
  });
});
