import { type BucketLocation, locationUrl } from '../../base/location.ts';
import type { BoundaryConfiguration, Configuration, MigrationConfiguration } from '../configuration.ts';
import { sides } from '../operation.ts';
import { type ConfigurationPath, type LocatedMistake, mistakeAt } from './mistake.ts';

/**
 * Keeps environments apart: where the stack says what belongs to it, whatever lies elsewhere is refused, unless its
 * migration says why and until when. `today` is `YYYY-MM-DD`.
 *
 *                     | inside the boundary    | outside
 *     no reason       | good                   | refused
 *     reason          | refused: it is in vain | good until its day, then refused
 */
export function boundaryMistakes(configuration: Configuration, today: string): readonly LocatedMistake[] {
  const { migrations, domains, boundary } = configuration;
  return [
    ...migrations.flatMap((migration, index) => migrationMistakes(migration, index, { configuration, today })),
    ...domains.flatMap(({ bucket }, index): readonly LocatedMistake[] => {
      // A hostname serves its whole bucket.
      const location: BucketLocation = {
        provider: 'r2',
        bucket: bucket.name,
        jurisdiction: bucket.jurisdiction,
        prefix: '',
        accountId: configuration.providers.r2?.accountId ?? '',
      };
      if (boundary.length === 0 || isInside(location, configuration)) return [];
      return [outside(['domains', index, 'bucket', 'name'], location, configuration, 'or serve another bucket')];
    }),
  ];
}

function migrationMistakes(
  migration: MigrationConfiguration,
  index: number,
  { configuration, today }: { readonly configuration: Configuration; readonly today: string },
): readonly LocatedMistake[] {
  const { crossEnvironment } = migration;
  const leaving = sides.flatMap((side) => {
    const { location } = migration[side];
    if (location.provider === 'file' || isInside(location, configuration)) return [];
    return [{ location, path: ['migrations', index, side, 'bucket'] }];
  });
  const drawn = configuration.boundary.length > 0;
  if (!crossEnvironment) {
    if (!drawn) return [];
    const fix = 'or say crossEnvironment: { reason: "..", until: "2027-01-31" } beside the migration\'s name';
    return leaving.map(({ location, path }) => outside(path, location, configuration, fix));
  }
  const path = ['migrations', index, 'crossEnvironment'];
  if (!drawn || leaving.length === 0) {
    return [mistakeAt(path, 'explains a migration that stays inside the boundary', 'remove it')];
  }
  if (crossEnvironment.until >= today) return [];
  return [
    mistakeAt(
      [...path, 'until'],
      `"${crossEnvironment.until}" is past`,
      'move the migration inside the boundary, or have the exception renewed with a later day',
    ),
  ];
}

/** A boundary speaks of the stack's own accounts: a bucket of that name in another account is another bucket. */
function isInside(location: BucketLocation, { boundary, providers }: Configuration): boolean {
  return (
    location.accountId === providers[location.provider]?.accountId &&
    boundary.some(
      ({ provider, bucket, prefix }) =>
        provider === location.provider && bucket === location.bucket && location.prefix.startsWith(prefix),
    )
  );
}

function outside(
  path: ConfigurationPath,
  location: BucketLocation,
  { environment, boundary }: Configuration,
  orElse: string,
): LocatedMistake {
  const own = boundary.map(boundaryText).join(', ');
  return mistakeAt(
    path,
    `${locationUrl(location)} (account ${location.accountId}) is outside environment "${environment}" (${own})`,
    `use a place inside it, add this one to boundary if it belongs to the environment, ${orElse}`,
  );
}

function boundaryText({ provider, bucket, prefix }: BoundaryConfiguration): string {
  return `${provider} ${bucket}/${prefix}`;
}
