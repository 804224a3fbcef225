import { resolve } from 'node:path';
import type { Place } from '../engine/place.ts';
import type { RunOptions } from '../engine/run.ts';
import type { Summary } from '../engine/summary.ts';
import type { MigrationConfiguration } from '../policies/configuration.ts';
import type { Operation } from '../policies/operation.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import { bucketPlace } from './administrators.ts';
import { checkout } from './checkout.ts';
import { runShown } from './run-shown.ts';
import { renewedSideKeys, sideKeys, type StackSide } from './side-keys.ts';
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
    source: await placeOf({ ...options, side: 'source' }),
    destination: await placeOf({ ...options, side: 'destination' }),
    ...migration.options,
    // The credentials of a migration may not read tags on both sides.
    ...(operation === 'verify' && { tags: false }),
    // What the destination held before is no difference to a copy, which never deletes.
    oneWay: migration.operation === 'copy',
    ...additional,
  });
}

async function placeOf(of: StackSide): Promise<Place> {
  const { stack, migration, side } = of;
  const { location } = migration[side];
  if (location.provider === 'file') return { kind: 'directory', path: resolve(checkout, location.path) };
  return {
    ...bucketPlace(stack, location, await sideKeys(of)),
    // Sessions of a role end within the hour, and keys may be rotated meanwhile.
    renewCredentials: () => renewedSideKeys(of),
  };
}
