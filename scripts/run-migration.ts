import { resolve } from 'node:path';
import type { Place } from '../engine/place.ts';
import type { RunOptions } from '../engine/run.ts';
import type { Summary } from '../engine/summary.ts';
import type { MigrationConfiguration } from '../policies/configuration.ts';
import type { Operation, Side } from '../policies/operation.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import { bucketPlace, keysOf, notDeployed } from './administrators.ts';
import { checkout } from './checkout.ts';
import { runShown } from './run-shown.ts';
import type { Stack } from './stack.ts';

/** Runs one operation of a migration with its generated credentials, showing progress on stderr. */
export async function runMigration(options: {
  readonly stack: Stack;
  readonly credentials: CredentialsOutput;
  readonly migration: MigrationConfiguration;
  readonly operation: Operation;
  /** Added to what the migration's configuration says. */
  readonly additional?: Partial<RunOptions>;
}): Promise<Summary> {
  const { migration, operation, additional = {} } = options;
  return runShown(migration.name, {
    operation,
    source: placeOf('source', options),
    destination: placeOf('destination', options),
    ...migration.options,
    // What the destination held before is no difference to a copy, which never deletes.
    oneWay: migration.operation === 'copy',
    ...additional,
  });
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
