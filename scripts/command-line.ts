import { Command, CommanderError } from 'commander';
import { type ExitCode, exitCodes, UserError } from '../base/user-error.ts';
import type { MakeCommand } from './commands/command.ts';
import { narrate } from './output.ts';

/** In the order of the help. Each is loaded when it is asked for: loading all of them costs more than most commands do. */
const commands: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  sandbox: async () => (await import('./commands/sandbox.ts')).sandboxCommand,
  pulumi: async () => (await import('./commands/pulumi.ts')).pulumiCommand,
  up: async () => (await import('./commands/stack.ts')).upCommand,
  preview: async () => (await import('./commands/stack.ts')).previewCommand,
  destroy: async () => (await import('./commands/stack.ts')).destroyCommand,
  'post-deploy': async () => (await import('./commands/post-deploy.ts')).postDeployCommand,
  smoke: async () => (await import('./commands/smoke.ts')).smokeCommand,
  copy: async () => (await import('./commands/operations.ts')).copyCommand,
  sync: async () => (await import('./commands/operations.ts')).syncCommand,
  verify: async () => (await import('./commands/operations.ts')).verifyCommand,
  access: async () => (await import('./commands/access.ts')).accessCommand,
  rotate: async () => (await import('./commands/rotate.ts')).rotateCommand,
};

const afterError = '(add --help for what it takes)';

/**
 * Runs one command and returns its exit code (see `exitCodes`). What a user or a provider caused is told in one line;
 * a bug shows its stack trace.
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const outcome: { exitCode: number } = { exitCode: exitCodes.done };
  const end = (exitCode: number): void => {
    outcome.exitCode = exitCode;
  };
  const program = await buildProgram(end, words[0]);
  try {
    await program.parseAsync(words, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    return explain(error);
  }
}

/** The whole command line; with `asked` only that command, where it is one. `end` takes what a command ends with. */
export async function buildProgram(end: (exitCode: number) => void, asked = ''): Promise<Command> {
  const program = new Command('sluice')
    .description('Object-storage copies with exactly the access they need, declared, proven and rotated.')
    .enablePositionalOptions()
    .showHelpAfterError(afterError)
    .exitOverride();
  const one = commands[asked];
  for (const load of one === undefined ? Object.values(commands) : [one]) {
    const command = (await load())(end);
    program.addCommand(command);
    // What the program was told is not told to its commands.
    for (const part of [command, ...command.commands]) part.exitOverride().showHelpAfterError(afterError);
  }
  return program;
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
