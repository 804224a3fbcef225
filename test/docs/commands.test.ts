import { runNode } from '../support/command-line.ts';
import { documents } from './documents.ts';

/** `npm run sluice -- up --stack prod`, `npx sluice access`, and where they stand. */
const commandLines = documents().flatMap(({ path, text }) =>
  [...text.matchAll(/(?:npm run sluice --|npx sluice) ([a-z][^\n`#"|]*)/g)].map(([, words = '']) => ({
    path,
    words: words.trim().split(/\s+/),
  })),
);

async function helpOf(words: readonly string[]): Promise<string> {
  const { stdout, exitCode } = await runNode(['scripts/sluice.ts', ...words, '--help']);
  return exitCode === 0 ? stdout : '';
}

/** Commands of commands; elsewhere a second word is an argument (`rotate media`). */
function isNested(command: string, subcommand: string): boolean {
  const nested: Record<string, string[]> = { access: ['audit', 'diff'], rotate: ['status'] };
  return command === 'sandbox' || nested[command]?.includes(subcommand) === true;
}

describe('commands in the documentation', () => {
  test('there are some', () => {
    expect(commandLines.length).toBeGreaterThan(5);
  });

  test('each exists, and takes the flags that it is shown with', async () => {
    const helps = new Map<string, string>();
    const unknown: string[] = [];
    for (const { path, words } of commandLines) {
      const [command = '', subcommand = ''] = words;
      // Pulumi's own command line is its own to document.
      if (command === 'pulumi' || command === 'COMMAND') continue;
      const parent = isNested(command, subcommand) ? [command, subcommand] : [command];
      const key = parent.join(' ');
      if (!helps.has(key)) helps.set(key, await helpOf(parent));
      const help = helps.get(key) ?? '';
      const flags = words.filter((word) => word.startsWith('--')).map((flag) => flag.split('=')[0] ?? flag);
      if (help === '') unknown.push(`${path}: ${key}`);
      for (const flag of flags) if (!help.includes(flag)) unknown.push(`${path}: ${key} ${flag}`);
    }
    expect(unknown).toEqual([]);
  }, 240_000);
});
