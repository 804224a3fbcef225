import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(180_000);

describe('S5, R2: no secret stands anywhere but in the chosen places', () => {
  let sandbox: TestSandbox;
  let commandLines: Set<string>;
  let secrets: string[];

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    commandLines = new Set();
    const watch = setInterval(() => void collectCommandLines(commandLines), 50);
    await sandbox.must('up');
    await sandbox.must('rotate');
    await sandbox.must('up', '--json');
    for (const words of [
      ['access'],
      ['access', '--json'],
      ['rotate', 'status'],
      ['rotate', 'status', '--json'],
      ['smoke'],
      ['smoke', '--json'],
      ['copy', 'media', '--json'],
      ['verify'],
      ['preview'],
      ['sandbox', 'start'],
      ['pulumi', 'stack', 'output', '--stack', 'dev'],
      ['pulumi', 'stack', 'export', '--stack', 'dev'],
      ['up', '--no-such-flag'],
      ['smoke', 'nothing'],
    ]) {
      await sandbox.sluice(...words);
    }
    clearInterval(watch);
    secrets = [
      ...secretsIn(await sandbox.credentials()),
      sandbox.status.aws.secretAccessKey,
      sandbox.status.cloudflare.apiToken,
    ];
  });
  afterAll(() => sandbox.dispose());

  test('the test knows the secrets it looks for', () => {
    // Two sides in two generations, one service token in two, and the two administrators.
    expect(new Set(secrets).size).toBe(8);
  });

  test('no command printed one', () => {
    const transcript = sandbox.transcript();
    expect(transcript.length).toBeGreaterThan(1000);
    for (const secret of secrets) expect(transcript).not.toContain(secret);
  });

  test('no process had one among its arguments', () => {
    expect([...commandLines].some((line) => line.includes('pulumi'))).toBe(true);
    for (const secret of secrets) {
      expect([...commandLines].filter((line) => line.includes(secret))).toEqual([]);
    }
  });

  test("none stands in clear in Pulumi's state, or in any file but the sandbox's own", async () => {
    // The sandbox's AWS has to keep keys to check signatures with, and its status holds the administrators'.
    const allowed = /^(state\/|sandbox\.json$)/;
    const files = await filesBelow(sandbox.directory);
    expect(files.some((file) => /^pulumi\/state\/.*dev\.json$/.test(relative(sandbox.directory, file)))).toBe(true);
    const found: string[] = [];
    for (const file of files.filter((path) => !allowed.test(relative(sandbox.directory, path)))) {
      const text = await readFile(file, 'latin1');
      if (secrets.some((secret) => text.includes(secret))) found.push(relative(sandbox.directory, file));
    }
    expect(found).toEqual([]);
  });
});

/** Every `secretAccessKey` and `clientSecret` in a value. */
function secretsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' && /^(secretAccessKey|clientSecret)$/.test(key) ? [inner] : secretsIn(inner),
  );
}

/** Linux shows each process's arguments below /proc; elsewhere this collects nothing and the test says so. */
async function collectCommandLines(into: Set<string>): Promise<void> {
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const line = await readFile(join('/proc', entry, 'cmdline'), 'utf8').catch(() => '');
    into.add(line.replaceAll('\0', ' '));
  }
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
