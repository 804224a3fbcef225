import { exitCodes, UserError } from '../base/user-error.ts';
import type { PulumiCli } from './pulumi-cli.ts';
import { runProcess } from './run-process.ts';
import type { ProcessRequest, ProcessResult } from './run-process.ts';

/** Where and how Pulumi works: the same for all calls of one command. */
export interface PulumiWorkspace {
  readonly cli: PulumiCli;
  /** The directory of Pulumi.yaml: the checkout, or `.sandbox/project`. */
  readonly workingDirectory: string;
  /** From `pulumiEnvironment` or `sandboxPulumiEnvironment`, and nothing else. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface RunPulumiOptions
  extends PulumiWorkspace, Pick<ProcessRequest, 'arguments' | 'stdio' | 'onLine' | 'signal' | 'stopSignal'> {}

/** How many lines of Pulumi's output an error shows. */
const linesShown = 20;

/** Runs the Pulumi CLI; how it ended is the result, also when it failed. */
export function runPulumi({ cli, ...request }: RunPulumiOptions): Promise<ProcessResult> {
  return runProcess({ ...request, command: cli.path });
}

/** Runs a small Pulumi command that nobody watches and returns its stdout; throws a UserError with Pulumi's words if it fails. */
export async function askPulumi(workspace: PulumiWorkspace, ...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runPulumi({ ...workspace, arguments: ['--non-interactive', ...words] });
  if (exitCode !== 0) throw pulumiFailure(words, stderr || stdout);
  return stdout;
}

/** The error of a Pulumi command that failed with `output`. */
function pulumiFailure(words: readonly string[], output: string): UserError {
  const said = output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-linesShown)
    .join('\n');
  const passphrase = /passphrase must be set|incorrect passphrase/.test(said);
  return new UserError({
    where: `pulumi ${words.slice(0, 2).join(' ')}`,
    what: said.replace(/^error: /, '') || 'it failed without a word',
    exitCode: passphrase ? exitCodes.usage : exitCodes.failed,
    ...(passphrase
      ? { fix: 'set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase of this stack' }
      : {}),
  });
}
