import { resolve } from 'node:path';
import type { Place } from '../engine/place.ts';
import type { Progress as RunProgress } from '../engine/progress.ts';
import { runOperation } from '../engine/run.ts';
import type { Summary } from '../engine/summary.ts';
import type { MigrationConfiguration } from '../policies/configuration.ts';
import type { Operation, Side } from '../policies/operation.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import { bucketPlace, keysOf, notDeployed } from './administrators.ts';
import { checkout } from './checkout.ts';
import { formatBytes, formatCount } from './output.ts';
import { startProgress } from './progress.ts';
import type { Stack } from './stack.ts';

/** Runs one operation of a migration with its generated credentials, showing progress on stderr. */
export async function runMigration(options: {
  readonly stack: Stack;
  readonly credentials: CredentialsOutput;
  readonly migration: MigrationConfiguration;
  readonly operation: Operation;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}): Promise<Summary> {
  const { migration, operation, dryRun, signal } = options;
  const progress = startProgress(`${operation} ${migration.name}`, { bar: true });
  try {
    const summary = await runOperation({
      operation,
      source: placeOf('source', options),
      destination: placeOf('destination', options),
      ...migration.options,
      // What the destination held before is no difference to a copy, which never deletes.
      oneWay: migration.operation === 'copy',
      ...(dryRun === undefined ? {} : { dryRun }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (now) => progress.update(progressInWords(migration, operation, now), partOf(now)),
    });
    progress.finish(summaryInWords(migration.name, summary));
    return summary;
  } catch (error) {
    progress.fail(`${operation} ${migration.name} stopped`);
    throw error;
  }
}

function placeOf(
  side: Side,
  {
    stack,
    credentials,
    migration,
  }: { stack: Stack; credentials: CredentialsOutput; migration: MigrationConfiguration },
): Place {
  const { location } = migration[side];
  if (location.provider === 'file') return { kind: 'directory', path: resolve(checkout, location.path) };
  const credential = credentials.migrations[migration.name]?.[side]?.current;
  if (credential === undefined) throw notDeployed(location, stack);
  return bucketPlace(stack, location, keysOf(credential));
}

function progressInWords({ name }: MigrationConfiguration, operation: Operation, now: RunProgress): string {
  return `${operation} ${name}: ${formatCount(now.objectsDone)} objects, ${formatBytes(now.bytesDone)}`;
}

/** The total is known once both sides are listed; until then the bar waits. */
function partOf({ listed, bytesDone, bytesFound }: RunProgress): { done: number; total: number } | undefined {
  return listed ? { done: bytesDone, total: bytesFound } : undefined;
}

/** How many objects a verify compared, equal or not. */
export function objectsCompared({ verified, differencesCount }: Summary): number {
  return verified.content + verified['entity tag'] + verified['size only'] + differencesCount;
}

/** One line for people. */
export function summaryInWords(name: string, summary: Summary): string {
  const { operation, objectsCopied, objectsSkipped, objectsDeleted, bytesCopied, seconds } = summary;
  const { failuresCount, differencesCount } = summary;
  const failed = failuresCount > 0 ? `, ${formatCount(failuresCount)} FAILED` : '';
  if (operation === 'verify') {
    const unequal =
      differencesCount > 0 ? `${formatCount(differencesCount)} DIFFER` : `all equal by ${strengths(summary)}`;
    return `verify ${name}: ${formatCount(objectsCompared(summary))} objects, ${unequal}${failed} (${seconds.toFixed(1)} s)`;
  }
  const parts = [
    `${formatCount(objectsCopied)} copied (${formatBytes(bytesCopied)})`,
    ...(objectsSkipped > 0 ? [`${formatCount(objectsSkipped)} there already`] : []),
    ...(objectsDeleted > 0 ? [`${formatCount(objectsDeleted)} deleted`] : []),
  ];
  return `${operation} ${name}: ${parts.join(', ')}${failed} (${seconds.toFixed(1)} s)`;
}

/** `entity tag (2,990), size only (1)`: what "equal" rests on. */
function strengths({ verified }: Summary): string {
  const told = Object.entries(verified).filter(([, count]) => count > 0);
  return told.map(([strength, count]) => `${strength} (${formatCount(count)})`).join(', ') || 'nothing: there was none';
}
