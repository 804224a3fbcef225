import { access, constants, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from './run-process.ts';

/** A version is printed in well under a second; a program that is silent this long does not work. */
const versionTimeoutMs = 20_000;

/** The first executable file called `name` on the PATH of `environment`, as a shell would find it; undefined without one. */
export async function findOnPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const directories = (environment['PATH'] ?? '')
    .split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory));
  for (const directory of directories) {
    const candidate = path.join(directory, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** `name` in the directory of `program`, with links followed: where the Pulumi engine looks for what belongs to it. */
export async function findBeside(program: string, name: string): Promise<string | undefined> {
  const candidate = path.join(path.dirname(await realpath(program)), name);
  return (await isExecutable(candidate)) ? candidate : undefined;
}

/** Whether a file is there that this user may run; a folder is none. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** What `pulumi version` prints, trimmed; undefined where the program does not run, fails or hangs. */
export async function printedPulumiVersion(
  program: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await runProcess({
      command: program,
      arguments: ['version'],
      environment: { ...environment, PULUMI_SKIP_UPDATE_CHECK: 'true' },
      signal: AbortSignal.timeout(versionTimeoutMs),
      stopSignal: 'SIGKILL',
    });
    return exitCode === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}
