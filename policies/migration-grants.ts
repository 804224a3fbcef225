import { type Ability, abilities } from './ability.ts';
import type { Configuration, MigrationConfiguration } from './configuration.ts';
import type { Grant } from './grant.ts';
import { type Operation, type Side, sides } from './operation.ts';

/**
 * What each side of an operation must be able to do, and nothing more (rclone's copy, sync and check):
 *
 *            | source     | destination
 *     copy   | list, read | list, write, multipart
 *     sync   | list, read | list, read, write, delete, multipart
 *     verify | list, read | list, read
 *
 * `options.verification: content` reads the copies back, so it adds `read` at the destination.
 */
const needs: Readonly<Record<Operation, Readonly<Record<Side, readonly Ability[]>>>> = {
  copy: { source: ['list', 'read'], destination: ['list', 'write', 'multipart'] },
  sync: { source: ['list', 'read'], destination: ['list', 'read', 'write', 'delete', 'multipart'] },
  verify: { source: ['list', 'read'], destination: ['list', 'read'] },
};

/** The grant that one side of a migration needs; `undefined` for a directory, which needs none. */
export function sideGrant(migration: MigrationConfiguration, side: Side): Grant | undefined {
  const { location } = migration[side];
  if (location.provider === 'file') return undefined;
  const needed = new Set(needs[migration.operation][side]);
  if (side === 'destination' && migration.options.verification === 'content') needed.add('read');
  return {
    access: `${migration.name}/${side}`,
    location,
    abilities: abilities.filter((ability) => needed.has(ability)),
  };
}

/** Every grant of a stack: migrations in their order, the source before the destination. */
export function grantsOf(configuration: Configuration): readonly Grant[] {
  return configuration.migrations.flatMap((migration) =>
    sides.map((side) => sideGrant(migration, side)).filter((grant) => grant !== undefined),
  );
}
