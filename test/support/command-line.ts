import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CredentialsOutput, credentialsOutputSchema } from '../../policies/stack-outputs.ts';
import { type SandboxStatus, sandboxStatusSchema } from '../../sandbox/status.ts';

export const checkout = join(import.meta.dirname, '..', '..');

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sandbox of its own, on free ports, with a dev stack of its own: what a test uses as a user would use theirs. */
export interface TestSandbox {
  readonly directory: string;
  readonly status: SandboxStatus;
  /** Runs the command line as a user does; everything it printed is kept in `transcript`. */
  sluice(...words: string[]): Promise<Finished>;
  /** As `sluice`, but fails the test with what was printed unless the command ends with 0. */
  must(...words: string[]): Promise<Finished>;
  credentials(): Promise<CredentialsOutput>;
  /** Changes this sandbox's Pulumi.dev.yaml, as its owner does. */
  editStackFile(change: (text: string) => string): Promise<void>;
  /** Changes the copy that Pulumi works on, where rotations are written. */
  editCopy(change: (text: string) => string): Promise<void>;
  /** All that commands printed so far. */
  transcript(): string;
  dispose(): Promise<void>;
}

/** Starts one below the checkout's `.sandbox`, where nothing is committed from. */
export async function startTestSandbox(): Promise<TestSandbox> {
  const parent = join(checkout, '.sandbox');
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, 'test-'));
  const printed: string[] = [];
  const stacks = join(directory, 'stacks');
  await mkdir(stacks);
  await copyFile(join(checkout, 'Pulumi.dev.yaml'), join(stacks, 'Pulumi.dev.yaml'));
  const environment = { ...process.env, SLUICE_SANDBOX_DIRECTORY: directory, SLUICE_STACK_DIRECTORY: stacks };
  const sluice = async (...words: string[]): Promise<Finished> => {
    const finished = await runNode(
      ['--disable-warning=ExperimentalWarning', join(checkout, 'scripts/sluice.ts'), ...words],
      environment,
    );
    printed.push(finished.stdout, finished.stderr);
    return finished;
  };
  const must = async (...words: string[]): Promise<Finished> => {
    const finished = await sluice(...words);
    if (finished.exitCode !== 0) {
      throw new Error(
        `sluice ${words.join(' ')} ended with ${finished.exitCode}\n${finished.stdout}\n${finished.stderr}`,
      );
    }
    return finished;
  };
  await must('sandbox', 'start', '--port', '0');
  const started = await runNode([join(checkout, 'scripts/sluice.ts'), 'sandbox', 'status', '--json'], environment);
  const edit = async (folder: string, change: (text: string) => string): Promise<void> => {
    const file = join(directory, folder, 'Pulumi.dev.yaml');
    const before = await readFile(file, 'utf8');
    const after = change(before);
    if (after === before) throw new Error('the edit changed nothing: Pulumi.dev.yaml reads otherwise by now');
    await writeFile(file, after);
  };
  return {
    directory,
    status: sandboxStatusSchema.parse(JSON.parse(started.stdout)),
    sluice,
    must,
    async credentials() {
      // Made to print secrets, so it is kept out of the transcript.
      const { stdout } = await runNode(
        [
          join(checkout, 'scripts/sluice.ts'),
          'pulumi',
          'stack',
          'output',
          '--json',
          '--show-secrets',
          '--stack',
          'dev',
        ],
        environment,
      );
      return credentialsOutputSchema.parse((JSON.parse(stdout) as { credentials: unknown }).credentials);
    },
    editStackFile: (change) => edit('stacks', change),
    editCopy: (change) => edit('project', change),
    transcript: () => printed.join('\n'),
    async dispose() {
      await sluice('sandbox', 'stop');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Runs the project's Node and gathers what it prints. */
export function runNode(words: readonly string[], environment: NodeJS.ProcessEnv = process.env): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, {
      cwd: checkout,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode) =>
      resolve({ exitCode, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}
