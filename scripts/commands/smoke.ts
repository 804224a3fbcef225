import { Command } from 'commander';
import { exitCodes } from '../../base/user-error.ts';
import { administratorsOf } from '../administrators.ts';
import { printResult } from '../output.ts';
import { requireNamed } from '../required-name.ts';
import { allPassed, renderReports, smokeStack } from '../smoke-stack.ts';
import { openStack, pulumiWorkspace, readCredentials } from '../stack.ts';
import type { MakeCommand } from './command.ts';

export const smokeCommand: MakeCommand = (end) =>
  new Command('smoke')
    .description('Try every request the credentials must allow or refuse.')
    .argument('[name]', 'one migration, or the hostname of one domain')
    .option('--stack <name>', 'the stack', 'dev')
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      `
  sluice smoke                 everything in the dev stack
  sluice smoke media --json    one migration, as JSON on stdout

Ends with 3 when a credential can do too much or too little.`,
    )
    .action(async (name: string | undefined, options: { stack: string; json?: boolean }) => {
      const stack = await openStack(options.stack);
      requireNamed(stack, name, { domains: true });
      const credentials = await readCredentials(stack, await pulumiWorkspace(stack));
      const reports = await smokeStack({ stack, credentials, administrators: administratorsOf(stack) }, name);
      printResult(reports, renderReports, options);
      if (!allPassed(reports)) end(exitCodes.accessCheckFailed);
    });
