import { Command } from 'commander';
import { runPulumi } from '../../toolchain/run-pulumi.ts';
import { prepareStack } from '../prepare-stack.ts';
import { stackOfPulumiWords } from '../pulumi-words.ts';
import { openPulumiProject, pulumiWorkspace } from '../stack.ts';
import type { MakeCommand } from './command.ts';

export const pulumiCommand: MakeCommand = (end) =>
  new Command('pulumi')
    .description("Pulumi's own command line, with the right CLI, backend and plugins for the stack.")
    .argument('[words...]', "Pulumi's command and its flags, passed on as they are")
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .addHelpText(
      'after',
      `
  sluice pulumi stack output                  of the dev stack, in the sandbox
  sluice pulumi stack init prod               a stack of your own, in your own backend
  sluice pulumi refresh --stack prod`,
    )
    .action(async (words: string[]) => {
      const project = await openPulumiProject(stackOfPulumiWords(words));
      const found = await pulumiWorkspace(project);
      const workspace = worksOnState(words) ? await prepareStack(project, found) : found;
      const { exitCode } = await runPulumi({ ...workspace, arguments: words, stdio: 'inherit' });
      // Pulumi's own, as everything else here.
      end(exitCode);
    });

/** Commands that need the sandbox's stack to be there; the others (`version`, `stack init`) are left alone. */
function worksOnState([command = '']: readonly string[]): boolean {
  return ['up', 'update', 'preview', 'destroy', 'refresh', 'import', 'config'].includes(command);
}
