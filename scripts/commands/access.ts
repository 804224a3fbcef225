import { Command } from 'commander';
import { accessTable } from '../../policies/access-table.ts';
import { renderAccessTable } from '../render-access-table.ts';
import { printResult } from '../output.ts';
import { readConfiguration } from '../stack.ts';
import type { MakeCommand } from './command.ts';

export const accessCommand: MakeCommand = () =>
  new Command('access')
    .description('Who can reach what: every credential and every protected hostname of a stack.')
    .option('--stack <name>', 'the stack', 'dev')
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      `
  sluice access                  the dev stack
  sluice access --stack prod     computed from configuration; asks no provider`,
    )
    .action(async ({ stack, json }: { stack: string; json?: boolean }) => {
      const configuration = await readConfiguration(stack);
      printResult(accessTable(configuration), renderAccessTable, json === undefined ? {} : { json });
    });
