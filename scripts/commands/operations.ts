import { Command } from 'commander';
import { exitCodes, UserError } from '../../base/user-error.ts';
import type { Outcome, Step } from '../../engine/run-context.ts';
import type { RunOptions } from '../../engine/run.ts';
import type { Summary } from '../../engine/summary.ts';
import type { MigrationConfiguration } from '../../policies/configuration.ts';
import type { Operation } from '../../policies/operation.ts';
import { journalsDirectory } from '../checkout.ts';
import { addOperationFlags, engineOptions, type OperationFlags, placeFlags } from '../operation-flags.ts';
import { openListeners } from '../operation-listeners.ts';
import { printResult } from '../output.ts';
import { openPlace } from '../places-credentials.ts';
import { renderStep, renderSummary, succeeded } from '../render-summary.ts';
import { requireNamed } from '../required-name.ts';
import { runMigration } from '../run-migration.ts';
import { runShown } from '../run-shown.ts';
import { drainedBySignals } from '../signals.ts';
import { openStack, pulumiWorkspace, readCredentials, type Stack } from '../stack.ts';
import type { MakeCommand } from './command.ts';

interface OperationOptions extends OperationFlags {
  readonly stack: string;
  readonly json?: boolean;
  readonly events?: boolean;
  readonly report?: string;
  readonly failedFile?: string;
}

/** One operation's result; `steps` are those of a dry run. */
interface OperationResult {
  readonly name: string;
  readonly summary: Summary;
  readonly steps?: readonly Step[];
}

/** Something that can be run: with a name for people, and what its caller adds. */
interface Runnable {
  readonly name: string;
  readonly run: (additional: Partial<RunOptions>) => Promise<Summary>;
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
      .option('--stack <name>', 'the stack', 'dev');
    return addOperationFlags(command, operation)
      .optionsGroup('What is printed and written:')
      .option(
        '--json',
        `the summary as one JSON document${operation === 'verify' ? '' : ', and the steps of a dry run'}`,
      )
      .option('--events', 'what happens as it happens, as JSON lines on stdout')
      .option('--report <file>', 'list what became of every object, as JSON lines')
      .option('--failed-file <file>', 'list the keys that failed, one a line, for --from-file')
      .addHelpText(
        'after',
        `
  sluice ${operation}                  every migration of the dev stack that declares it
  sluice ${operation} media --json     one migration
  sluice ${operation} --from s3://media-prod/uploads/ --from-profile prod --to ./uploads
                               any two places, without a stack`,
      )
      .action(async (name: string | undefined, options: OperationOptions) => {
        const runnables = await runnablesOf(operation, name, options);
        const { results, interruptedExitCode } = await runAll(runnables, options, operation);
        if (options.events !== true) printResult(results, (all) => renderResults(all, options), options);
        if (interruptedExitCode !== undefined) end(interruptedExitCode);
        else if (!results.every(({ summary }) => succeeded(summary))) end(exitCodes.failed);
      });
  };
}

/** Two places, where the flags name them; else migrations of the stack. Throws `UserError`. */
async function runnablesOf(
  operation: Operation,
  name: string | undefined,
  options: OperationOptions,
): Promise<readonly Runnable[]> {
  const [from, to] = [placeFlags('from', options), placeFlags('to', options)];
  if (from !== undefined && to !== undefined && name === undefined) {
    const [source, destination] = [await openPlace('from', from), await openPlace('to', to)];
    const title = `${from.url} to ${to.url}`;
    return [{ name: title, run: (added) => runShown(title, { operation, source, destination, ...added }) }];
  }
  if (from !== undefined || to !== undefined) {
    throw new UserError({
      where: name ?? operation,
      what: name === undefined ? 'only one of two places was named' : 'a migration has its own two places',
      fix: 'give --from and --to together, and no migration',
    });
  }
  if (operation === 'verify' && options.tags === true) {
    throw new UserError({
      where: '--tags',
      what: 'the credentials of a migration may not read tags on both sides',
      fix: 'name both places, with credentials that may (s3:GetObjectTagging): --from URL --to URL',
    });
  }
  const stack = await openStack(options.stack);
  const migrations = chosen(stack, operation, name);
  const credentials = await readCredentials(stack, await pulumiWorkspace(stack));
  return migrations.map((migration) => ({
    name: migration.name,
    run: (additional) => runMigration({ stack, credentials, migration, operation, additional }),
  }));
}

/** Runs one after the other; an interrupted one is the last. */
async function runAll(
  runnables: readonly Runnable[],
  options: OperationOptions,
  operation: Operation,
): Promise<{ results: readonly OperationResult[]; interruptedExitCode: number | undefined }> {
  const engine = defined({ ...(await engineOptions(options, operation)) });
  const journal =
    options.journal === false ? {} : { journal: { directory: journalsDirectory, restart: options.restart ?? false } };
  const listeners = openListeners(options);
  const results: OperationResult[] = [];
  try {
    const { interruptedExitCode } = await drainedBySignals(async (stopping) => {
      for (const { name, run } of runnables) {
        const steps: Step[] = [];
        const onStep = (step: Step): void => {
          if (options.dryRun === true) steps.push(step);
          listeners.step(name, step);
        };
        const onOutcome = (outcome: Outcome): void => listeners.outcome(name, outcome);
        const summary = await run({ ...engine, ...journal, ...stopping, onStep, onOutcome });
        listeners.summary(name, summary);
        results.push({ name, summary, ...(options.dryRun === true ? { steps } : {}) });
        if (stopping.draining.aborted) break;
      }
    });
    return { results, interruptedExitCode };
  } finally {
    listeners.close();
  }
}

/** What a flag does not say must not hide what the configuration says. */
function defined(options: Partial<RunOptions>): Partial<RunOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function renderResults(results: readonly OperationResult[], { dryRun = false }: OperationOptions): string {
  // On one terminal the progress has just ended with the same line.
  const alreadySaid = process.stdout.isTTY && process.stderr.isTTY;
  return results
    .flatMap(({ name, summary, steps = [] }) => [
      ...steps.filter(({ action }) => action !== 'skip').map(renderStep),
      renderSummary(name, summary, { dryRun, alreadySaid }),
    ])
    .filter((part) => part !== '')
    .join('\n');
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
