import { type Ability, abilities } from './ability.ts';
import type { Configuration, MigrationConfiguration } from './configuration.ts';
import type { Grant, GrantOptions } from './grant.ts';
import { type Operation, type Side, sides } from './operation.ts';

/**
 * What each side of an operation must be able to do, and nothing more (rclone's copy, sync and check):
 *
 *            | source     | destination
 *     copy   | list, read | list, write, multipart
 *     sync   | list, read | list, read, write, delete, multipart
 *     verify | list, read | list, read
 *
 * `verification: content` reads the copies back, so it adds `read` at the destination. `versions` reads the source's versions
 * and writes plain objects; `tags` adds `tag` wherever tags are read or written, which verify does not.
 */
const needs: Readonly<Record<Operation, Readonly<Record<Side, readonly Ability[]>>>> = {
  copy: { source: ['list', 'read'], destination: ['list', 'write', 'multipart'] },
  sync: { source: ['list', 'read'], destination: ['list', 'read', 'write', 'delete', 'multipart'] },
  verify: { source: ['list', 'read'], destination: ['list', 'read'] },
};

/** The options that change which abilities a side needs; what else options change is in `GrantOptions`. */
export interface OperationOptions {
  readonly verification?: 'listing' | 'content';
  readonly versions?: boolean;
  readonly tags?: boolean;
}

/** What one side of an operation needs, in the order of `abilities`. */
export function neededAbilities(operation: Operation, side: Side, options: OperationOptions = {}): readonly Ability[] {
  const needed = new Set(needs[operation][side]);
  if (side === 'destination' && options.verification === 'content') needed.add('read');
  if (side === 'source' && options.versions) needed.add('version');
  if (options.tags && operation !== 'verify') needed.add('tag');
  return abilities.filter((ability) => needed.has(ability));
}

/**
 * The grant that one side of a migration needs; `undefined` for a directory, which needs none. In a server-side copy the
 * destination's says what its credential holds on the source too, and the source's says that this credential holds it.
 */
export function sideGrant(migration: MigrationConfiguration, side: Side): Grant | undefined {
  const own = ownGrant(migration, side);
  if (own === undefined || !migration.options.serverSide) return own;
  if (side === 'source') {
    const heldBy = sideGrant(migration, 'destination');
    return heldBy && withOptions(own, { heldBy });
  }
  const copyFrom = ownGrant(migration, 'source');
  return copyFrom && withOptions(own, { copyFrom });
}

/** One side alone. */
function ownGrant({ name, operation, options, ...places }: MigrationConfiguration, side: Side): Grant | undefined {
  const { location } = places[side];
  if (location.provider === 'file') return undefined;
  const grant: Grant = { access: `${name}/${side}`, location, abilities: neededAbilities(operation, side, options) };
  const kmsKeyArn = location.provider === 'aws' ? location.kmsKeyArn : undefined;
  const appendOnly = side === 'destination' && options.appendOnly;
  // No token of R2 can say it.
  const tlsOnly = location.provider === 'aws' && options.tlsOnly;
  if (kmsKeyArn === undefined && !appendOnly && !tlsOnly) return grant;
  return withOptions(grant, {
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    ...(appendOnly && { appendOnly }),
    ...(tlsOnly && { tlsOnly }),
  });
}

function withOptions(grant: Grant, options: GrantOptions): Grant {
  return { ...grant, options: { ...grant.options, ...options } };
}

/** The grant of every credential of a stack: migrations in their order, the source before the destination. */
export function grantsOf(configuration: Configuration): readonly Grant[] {
  return configuration.migrations.flatMap((migration) =>
    sides
      .map((side) => sideGrant(migration, side))
      .filter((grant) => grant !== undefined)
      .filter(({ options }) => options?.heldBy === undefined),
  );
}
