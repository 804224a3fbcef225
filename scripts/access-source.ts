import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../base/user-error.ts';
import { type AccessFile, accessFile, parseAccessFile } from '../policies/access-file.ts';
import { type Configuration, parseConfiguration } from '../policies/configuration.ts';
import { configurationValues } from '../policies/stack-file.ts';
import { checkout, stackDirectory } from './checkout.ts';
import { readStackText, stackFileIn, today } from './stack.ts';

/** Where a review reads from: stack files as they are checked in, and git. Nothing runs, and no provider is asked. */
const run = promisify(execFile);

/** Every stack with a stack file, by name. */
export async function stackNames(directory = stackDirectory): Promise<readonly string[]> {
  const files = await readdir(directory);
  return files.flatMap((file) => /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/**
 * A stack's configuration as its checked-in file declares it, without the sandbox's copy. Only the sandbox's stack may leave
 * out when credentials were issued. Throws `UserError` for a missing file and for mistakes.
 */
export async function declaredConfiguration(stack: string, directory = stackDirectory): Promise<Configuration> {
  const text = await readStackText(stackFileIn(directory, stack));
  if (text === undefined) {
    throw new UserError({
      where: `stack ${stack}`,
      what: `there is no Pulumi.${stack}.yaml`,
      fix: `there are ${(await stackNames(directory)).join(', ') || 'no stacks'}`,
    });
  }
  const values = configurationValues(text, await readFile(join(checkout, 'Pulumi.yaml'), 'utf8'));
  return parseConfiguration(stack, values, values['environment'] === 'sandbox' ? { issuedOnDefault: today() } : {});
}

/** What the working tree gives: its configuration through its own rendering code. */
export async function declaredAccess(stack: string, directory = stackDirectory): Promise<AccessFile> {
  return accessFile(await declaredConfiguration(stack, directory));
}

/** `access/<stack>.json`, beside the stack files. */
export function accessFilePath(stack: string, directory = stackDirectory): string {
  return join(directory, 'access', `${stack}.json`);
}

/**
 * A stack's access file at a git revision; undefined where it was not there. Throws `UserError` for a revision that git does not
 * know and for a file that is not an access file.
 */
export async function committedAccess(
  stack: string,
  revision: string,
  directory = stackDirectory,
): Promise<AccessFile | undefined> {
  const commit = await commitOf(revision, directory);
  const file = `access/${stack}.json`;
  const { stdout: listed } = await git(['ls-tree', '--name-only', commit, '--', file], directory);
  if (listed.trim() === '') return undefined;
  const { stdout } = await git(['show', `${commit}:./${file}`], directory);
  return parseAccessFile(stdout, `${file} at ${revision}`);
}

/** The stacks that had an access file at a revision. */
export async function committedStacks(revision: string, directory = stackDirectory): Promise<readonly string[]> {
  const commit = await commitOf(revision, directory);
  const { stdout } = await git(['ls-tree', '--name-only', commit, '--', 'access/'], directory);
  return stdout.split('\n').flatMap((file) => /^access\/(.+)\.json$/.exec(file)?.[1] ?? []);
}

async function commitOf(revision: string, directory: string): Promise<string> {
  try {
    const arguments_ = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
    return (await git(arguments_, directory)).stdout.trim();
  } catch (cause) {
    throw new UserError({
      where: '--base',
      what: `git knows no revision "${revision}" here`,
      fix: 'fetch it (in CI: a checkout with fetch-depth: 0), or name another, such as origin/main',
      cause,
    });
  }
}

const accessFileBytesMax = 64 * 1024 * 1024;

function git(words: readonly string[], directory: string): Promise<{ stdout: string }> {
  return run('git', words, { cwd: directory, maxBuffer: accessFileBytesMax, encoding: 'utf8' });
}
