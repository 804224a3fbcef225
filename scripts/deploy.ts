import { confirm, isCancel } from '@clack/prompts';
import { exitCodes, UserError } from '../base/user-error.ts';
import { checkStackDeployable } from '../credentials/inventory.ts';
import { stampMissingDates } from './issue-dates.ts';
import { runWithGuardrails } from './guardrails.ts';
import { checkLiveAccounts } from './live-accounts.ts';
import { narrate } from './output.ts';
import { prepareStack } from './prepare-stack.ts';
import { configurationWords, openStack, pulumiWorkspace, readDeployedGenerations, type Stack } from './stack.ts';

export interface DeployOptions {
  readonly stack: string;
  /** Deploy without asking. */
  readonly yes?: boolean;
  readonly skipPreview?: boolean;
  /** Leave out the outputs, which a caller that goes on has no use for. */
  readonly quiet?: boolean;
}

/** Checks everything that can be checked before the engine starts, then deploys. Returns the stack as deployed. */
export async function deploy({
  stack: name,
  yes = false,
  skipPreview = false,
  quiet = false,
}: DeployOptions): Promise<Stack> {
  await stampMissingDates(name, confirmed);
  const stack = await openStack(name);
  const workspace = await prepareStack(stack, await pulumiWorkspace(stack));
  // Beside each other: one waits for the clouds, the other for Pulumi.
  const [deployed] = await Promise.all([readDeployedGenerations(stack, workspace), checkLiveAccounts(stack)]);
  checkStackDeployable(stack.configuration, deployed);
  const inSandbox = stack.sandbox !== undefined;
  const words = [
    ...['up', '--stack', name, ...configurationWords(stack)],
    ...(yes || inSandbox ? ['--yes'] : []),
    ...(skipPreview || inSandbox ? ['--skip-preview'] : []),
    ...(quiet ? ['--suppress-outputs', '--suppress-permalink=true', '--color', 'never'] : []),
  ];
  await finished(runWithGuardrails(name, { ...workspace, arguments: words, stdio: 'stderr' }), 'up');
  return stack;
}

/** Waits for a Pulumi run that people watch. Throws `UserError` when it fails; Pulumi has told why by then. */
export async function finished(run: Promise<{ exitCode: number }>, word: string): Promise<void> {
  const { exitCode } = await run;
  if (exitCode === 0) return;
  throw new UserError({
    where: `pulumi ${word}`,
    what: `it ended with ${exitCode}; its own words are above`,
    fix: 'mend the cause and run the same command again: a run that was cut short is picked up',
    exitCode: exitCodes.failed,
  });
}

/** Asks a person; where nobody can answer, the answer is no. */
async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    narrate(question);
    return false;
  }
  const answer = await confirm({ message: question, output: process.stderr });
  return !isCancel(answer) && answer;
}
