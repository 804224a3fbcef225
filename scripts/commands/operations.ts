import { Command } from 'commander';
import { exitCodes, UserError } from '../../base/user-error.ts';
import type { Summary } from '../../engine/summary.ts';
import type { MigrationConfiguration } from '../../policies/configuration.ts';
import type { Operation } from '../../policies/operation.ts';
import { printResult } from '../output.ts';
import { renderSummary, succeeded } from '../render-summary.ts';
import { requireNamed } from '../required-name.ts';
import { runMigration } from '../run-migration.ts';
import { stoppedBySignals } from '../signals.ts';
import { openStack, pulumiWorkspace, readCredentials, type Stack } from '../stack.ts';
import type { MakeCommand } from './command.ts';

interface OperationOptions {
  readonly stack: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The operations whose credentials are enough for each: a copy's may not delete, a verify's may not write. */
const servedBy: Readonly<Record<Operation, readonly Operation[]>> = {
  copy: ['copy', 'sync'],
  sync: ['sync'],
  verify: ['copy', 'sync', 'verify'],
};

const descriptions: Readonly<Record<Operation, string>> = {
  copy: 'Copy what is missing or differs at the destination; never deletes.',
  sync: 'Make the destination equal to the source; deletes last, and within limits.',
  verify: 'Compare both sides; changes nothing.',
};

export const copyCommand = operationCommand('copy');
export const syncCommand = operationCommand('sync');
export const verifyCommand = operationCommand('verify');

function operationCommand(operation: Operation): MakeCommand {
  return (end) => {
    const command = new Command(operation)
      .description(descriptions[operation])
      .argument('[name]', 'one migration; all that declare the operation otherwise')
      .option('--stack <name>', 'the stack', 'dev')
      .option('--json', 'the summary as one JSON document');
    if (operation !== 'verify') command.option('--dry-run', 'say what would be done, and do nothing');
    return command
      .addHelpText(
        'after',
        `
  sluice ${operation}                  every migration of the dev stack that declares it
  sluice ${operation} media --json     one migration`,
      )
      .action(async (name: string | undefined, options: OperationOptions) => {
        const stack = await openStack(options.stack);
        const migrations = chosen(stack, operation, name);
        const credentials = await readCredentials(stack, await pulumiWorkspace(stack));
        const summaries: { name: string; summary: Summary }[] = [];
        await stoppedBySignals(async (signal) => {
          for (const migration of migrations) {
            const { dryRun } = options;
            const run = {
              stack,
              credentials,
              migration,
              operation,
              signal,
              ...(dryRun === undefined ? {} : { dryRun }),
            };
            summaries.push({ name: migration.name, summary: await runMigration(run) });
          }
        });
        printResult(summaries, (all) => all.map((one) => renderSummary(one.name, one.summary)).join('\n'), options);
        if (!summaries.every(({ summary }) => succeeded(summary))) end(exitCodes.failed);
      });
  };
}

function chosen(stack: Stack, operation: Operation, name: string | undefined): readonly MigrationConfiguration[] {
  requireNamed(stack, name);
  const { migrations } = stack.configuration;
  if (name === undefined) {
    const declared = migrations.filter((migration) => operation === 'verify' || migration.operation === operation);
    if (declared.length > 0) return declared;
    throw new UserError({
      where: `stack ${stack.name}`,
      what: `none of its migrations declares ${operation}`,
      fix: 'name one whose credentials are enough, or declare one in its configuration',
    });
  }
  const migration = migrations.find((candidate) => candidate.name === name);
  if (migration === undefined) throw new Error(`${name} was there a moment ago`);
  if (servedBy[operation].includes(migration.operation)) return [migration];
  throw new UserError({
    where: `migration ${name}`,
    what: `it declares ${migration.operation}, so its credentials are not enough for ${operation}`,
    fix: `declare \`operation: ${operation}\` and deploy it`,
  });
}
