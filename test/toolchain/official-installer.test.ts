import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { runOfficialInstaller } from '../../toolchain/official-installer.ts';
import { fakeProgram } from './fixtures/fake-programs.ts';
import { withTemporaryDirectory } from './fixtures/temporary-directory.ts';

const environment = { PATH: '/usr/bin:/bin' };

async function runInstaller(script: string, stallMs: number) {
  return withTemporaryDirectory(async (directory) => {
    const installer = await fakeProgram(directory, 'installer', script);
    const target = path.join(directory, 'cli');
    const outcome = await runOfficialInstaller({ directory: target, environment, stallMs, command: [installer] });
    const made = await readFile(path.join(target, 'bin', 'pulumi'), 'utf8').catch(() => undefined);
    return {
      outcome,
      made,
      leftDownloads: await access(`${target}.downloads`).then(
        () => true,
        () => false,
      ),
    };
  });
}

test('an installer that ends well has installed', async () => {
  const { outcome, made } = await runInstaller('mkdir -p "$1/bin"; echo cli > "$1/bin/pulumi"', 5_000);
  expect(outcome).toEqual({ installed: true });
  expect(made).toBe('cli\n');
});

test('an installer that fails gives its last line as the reason', async () => {
  const { outcome } = await runInstaller(
    'echo first >&2; echo "could not resolve the download site" >&2; exit 1',
    5_000,
  );
  expect(outcome).toEqual({ installed: false, because: 'could not resolve the download site' });
});

test('an installer without progress is ended, with all that it started', async () => {
  const { outcome, leftDownloads } = await runInstaller('sleep 60 & sleep 60', 600);
  expect(outcome).toEqual({ installed: false, because: 'no progress for 1 s' });
  expect(leftDownloads).toBe(false);
});

test('an installer that downloads slowly, but does, is left to its work', async () => {
  const script =
    'for i in 1 2 3 4 5 6; do sleep 0.3; echo byte >> "$TMPDIR/download"; done; mkdir -p "$1/bin"; echo cli > "$1/bin/pulumi"';
  const { outcome } = await runInstaller(script, 1_000);
  expect(outcome).toEqual({ installed: true });
});
