import { Command, CommanderError } from 'commander';
import { type ExitCode, exitCodes, UserError } from '../base/user-error.ts';
import { accessCommand } from './commands/access.ts';
import { demoCommand } from './commands/demo.ts';
import { copyCommand, syncCommand, verifyCommand } from './commands/operations.ts';
import { postDeployCommand } from './commands/post-deploy.ts';
import { pulumiCommand } from './commands/pulumi.ts';
import { rotateCommand } from './commands/rotate.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { smokeCommand } from './commands/smoke.ts';
import { destroyCommand, previewCommand, upCommand } from './commands/stack.ts';
import { narrate } from './output.ts';

const commands = [
  demoCommand,
  sandboxCommand,
  pulumiCommand,
  upCommand,
  previewCommand,
  destroyCommand,
  postDeployCommand,
  smokeCommand,
  copyCommand,
  syncCommand,
  verifyCommand,
  accessCommand,
  rotateCommand,
];

/**
 * Runs one command and returns its exit code (see `exitCodes`). What a user or a provider caused is told in one line;
 * a bug shows its stack trace.
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const outcome: { exitCode: number } = { exitCode: exitCodes.done };
  const program = new Command('sluice')
    .description('Object-storage copies with exactly the access they need, declared, proven and rotated.')
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for what it takes)')
    .exitOverride();
  for (const make of commands) {
    const command = make((exitCode) => {
      outcome.exitCode = exitCode;
    });
    program.addCommand(command.exitOverride());
    for (const part of command.commands) part.exitOverride();
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): ExitCode {
  // Commander has told its own story by now; help and version end well.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof UserError) {
    narrate(`sluice: ${error.message}`);
    return error.exitCode;
  }
  narrate(`sluice: this is a bug in sluice, please report it\n${error instanceof Error ? error.stack : String(error)}`);
  return exitCodes.failed;
}
