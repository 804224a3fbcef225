import { Command } from 'commander';
import { inventory } from '../../credentials/inventory.ts';
import { inWords } from '../../credentials/rotation.ts';
import { UserError } from '../../base/user-error.ts';
import { narrate, printResult } from '../output.ts';
import { type PlannedStep, planRotation, writeRotation } from '../rotate.ts';
import { openStack, pulumiWorkspace, readDeployedGenerations } from '../stack.ts';
import type { MakeCommand } from './command.ts';

export const rotateCommand: MakeCommand = () => {
  const rotate = new Command('rotate')
    .enablePositionalOptions()
    .description("Write the next step of a rotation into the stack's configuration; a deploy carries it out.")
    .argument('[name]', 'a migration, a hostname, or one credential (media/source); all otherwise')
    .option('--stack <name>', 'the stack', 'dev')
    .addHelpText(
      'after',
      `
  sluice rotate media && sluice up     the new generation lives beside the old one
  sluice rotate media && sluice up     the old generation dies
  sluice rotate status                 which generations are configured and deployed`,
    )
    .action(async (name: string | undefined, options: { stack: string }) => {
      const { stack, deployed } = await openDeployed(options.stack);
      const plan = planRotation(stack, deployed, name);
      if (plan.length === 0) {
        const known = inventory(stack.configuration, deployed).map((entry) => entry.name);
        throw new UserError({
          where: `stack ${stack.name}`,
          what: name === undefined ? 'it has no credentials' : `it has no credential called "${name}"`,
          fix: known.length === 0 ? 'its configuration names no migrations' : `it has ${known.join(', ')}`,
        });
      }
      for (const step of plan) narrate(stepInWords(step));
      await writeRotation(stack, plan);
      narrate(`now deploy it: npm run sluice -- up --stack ${stack.name}`);
    });

  rotate
    .command('status')
    .description('Which generations are configured and deployed.')
    .option('--stack <name>', 'the stack', 'dev')
    .option('--json', 'as one JSON document')
    .action(async (options: { stack: string; json?: boolean }) => {
      const { stack, deployed } = await openDeployed(options.stack);
      printResult(inventory(stack.configuration, deployed), renderInventory, options);
    });

  return rotate;
};

async function openDeployed(name: string) {
  const stack = await openStack(name);
  return { stack, deployed: await readDeployedGenerations(stack, await pulumiWorkspace(stack)) };
}

function stepInWords({ name, step }: PlannedStep): string {
  if (step.kind === 'deploy') return `${name}: nothing to write, ${step.because}`;
  const purpose = step.kind === 'start' ? 'both will live' : 'the old one will die';
  return `${name}: ${inWords(step.write)} (${purpose})`;
}

function renderInventory(entries: ReturnType<typeof inventory>): string {
  return entries
    .map(({ name, configured, deployed }) => {
      const there = deployed === undefined ? 'nothing' : inWords(deployed);
      return `${name}: configured ${inWords(configured)}, deployed ${there}, expires ${configured.current.expiresOn ?? 'never'}`;
    })
    .join('\n');
}
