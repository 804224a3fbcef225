import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decidingEndpoints } from '../../sandbox/decision-log/logged-decision.ts';
import { faultSchema, misbehavioursSchema } from '../../sandbox/misbehaviour/fault.ts';
import { stopSandboxProcess } from '../../sandbox/process.ts';

// Each command is a process of its own, slow on a busy machine.
jest.setTimeout(60_000);

const checkout = join(import.meta.dirname, '..', '..');
let guide: string;
beforeAll(async () => {
  guide = await readFile(join(checkout, 'docs/sandbox.md'), 'utf8');
});

const blocks = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);

describe('docs/sandbox.md', () => {
  test('shows rules that the sandbox takes, one of every kind', () => {
    const shown = blocks('json').flatMap((text) => misbehavioursSchema.parse(JSON.parse(text)).rules);
    const kinds = new Set(shown.map(({ fault }) => fault.kind));
    const known = faultSchema.options.flatMap((option) =>
      'options' in option ? ['listing' as const] : [...option.shape.kind.values],
    );
    expect(kinds).toEqual(new Set(known));
    for (const kind of kinds) expect(guide).toMatch(new RegExp(`^\\| \`${kind}\` +\\|`, 'm'));
  });

  test('names every endpoint', () => {
    for (const endpoint of decidingEndpoints) expect(guide).toContain(`\`${endpoint}\``);
  });
});

test('X5: every command of docs/sandbox.md works as it stands there', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-guide-'));
  const directory = join(root, '.sandbox');
  const [firstRules = ''] = blocks('json');
  await writeFile(join(root, 'rules.json'), firstRules);
  const lines = blocks('sh').flatMap((text) => text.trimEnd().split('\n'));
  const run = async (line: string): Promise<string> => {
    const words = line.replace(/^npm run sluice -- /, '').replace(/\s+#.*$/, '');
    // Other ports than the defaults, which a sandbox at work may hold.
    const more = words === 'sandbox start' ? ['--port', '0'] : [];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(checkout, 'scripts/sluice.ts'), ...words.split(' '), ...more],
      { cwd: root, env: { ...process.env, SLUICE_SANDBOX_DIRECTORY: directory } },
    );
    return stdout;
  };
  const isEnd = (line: string): boolean => line.includes('sandbox stop');
  const outputs = new Map<string, string>();
  try {
    for (const line of [...lines.filter((each) => !isEnd(each)), ...lines.filter(isEnd)]) {
      expect(line).toMatch(/^npm run sluice -- sandbox /);
      outputs.set(line.replace(/\s+#.*$/, '').replace('npm run sluice -- sandbox ', ''), await run(line));
    }
  } finally {
    await stopSandboxProcess(directory);
    await rm(root, { recursive: true, force: true });
  }
  expect(outputs.get('env')).toContain("export AWS_ENDPOINT_URL='http://127.0.0.1:");
  expect(JSON.parse(outputs.get('log --refused --json') ?? '')).toEqual({ decisions: [] });
  expect(JSON.parse(outputs.get('misbehave rules.json') ?? '')).toMatchObject({ seed: 7, rules: [{ happened: 0 }] });
  expect(JSON.parse(outputs.get('misbehave --stop') ?? '')).toMatchObject({ rules: [] });
});
