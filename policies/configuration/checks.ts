import { locationUrl, type Partition } from '../../base/location.ts';
import type { BucketConfiguration, Configuration, MigrationConfiguration } from '../configuration.ts';
import { bucketLogicalName, iamUserName, iamUserNameLengthMax } from '../names.ts';
import { sides } from '../operation.ts';
import { domainMistakes } from './domain-checks.ts';
import { type ConfigurationPath, type LocatedMistake, mistakeAt } from './mistake.ts';
import { overlapOf } from './overlap.ts';
import { repeated } from './repeated.ts';
import type { ConfigurationInput, MigrationInput } from './schema.ts';

/** What must hold between the parts of a completed configuration; `input` is what was written. */
export function crossMistakes(configuration: Configuration, input: ConfigurationInput): readonly LocatedMistake[] {
  const { migrations, stack } = configuration;
  return [
    ...regionMistakes(configuration),
    ...repeated(migrations, ({ name }) => name).map(({ index, key }) =>
      mistakeAt(['migrations', index, 'name'], `"${key}" is used twice`, 'give each migration a name of its own'),
    ),
    ...migrations.flatMap((migration, index) => [
      ...overlapMistakes(migration, index),
      ...userNameMistakes(migration, index, stack),
    ]),
    ...input.migrations.flatMap(deletionLimitMistakes),
    ...bucketMistakes(configuration),
    ...accountMistakes(configuration),
    ...domainMistakes(configuration.domains),
    ...decoyMistakes(configuration),
  ];
}

/** A region lies in one partition; an ARN with the wrong one silently grants nothing. */
function regionMistakes({ providers: { aws }, migrations }: Configuration): readonly LocatedMistake[] {
  if (!aws) return [];
  const places: { region: string; path: ConfigurationPath }[] = [
    { region: aws.region, path: ['providers', 'aws', 'region'] },
  ];
  for (const [index, migration] of migrations.entries()) {
    for (const side of sides) {
      const { location } = migration[side];
      if (location.provider !== 'aws' || location.region === aws.region) continue;
      places.push({ region: location.region, path: ['migrations', index, side, 'region'] });
    }
  }
  return places
    .filter(({ region }) => partitionOf(region) !== aws.partition)
    .map(({ region, path }) =>
      mistakeAt(
        path,
        `"${region}" lies in partition ${partitionOf(region)}, not in ${aws.partition}`,
        `write a region of ${aws.partition}, or partition: ${partitionOf(region)} in providers.aws`,
      ),
    );
}

function partitionOf(region: string): Partition {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function overlapMistakes({ source, destination }: MigrationConfiguration, index: number): readonly LocatedMistake[] {
  const overlap = overlapOf(source.location, destination.location);
  if (!overlap) return [];
  const key = destination.location.provider === 'file' ? 'path' : 'prefix';
  const [from, to] = [locationUrl(source.location), locationUrl(destination.location)];
  const how = {
    same: 'is the source itself',
    'first-inside-second': `holds the source ${from}`,
    'second-inside-first': `lies inside the source ${from}`,
  }[overlap];
  return [
    mistakeAt(
      ['migrations', index, 'destination', key],
      `${to} ${how}`,
      'choose two places of which neither holds the other',
    ),
  ];
}

function userNameMistakes(
  { name, ...migration }: MigrationConfiguration,
  index: number,
  stack: string,
): readonly LocatedMistake[] {
  const longest = sides
    .filter((side) => migration[side].location.provider === 'aws')
    .map((side) => iamUserName({ stack, access: `${name}/${side}`, slot: 'a' }))
    .find((user) => user.length > iamUserNameLengthMax);
  if (longest === undefined) return [];
  return [
    mistakeAt(
      ['migrations', index, 'name'],
      `"${name}" makes an IAM user name of ${longest.length} characters, "${longest}"; IAM takes ${iamUserNameLengthMax}`,
      `shorten the migration's or the stack's name by ${longest.length - iamUserNameLengthMax}`,
    ),
  ];
}

/** Only sync deletes; a limit elsewhere would promise something that nothing acts on. */
function deletionLimitMistakes({ operation, options }: MigrationInput, index: number): readonly LocatedMistake[] {
  if (operation === 'sync') return [];
  return (['deletesMax', 'deletesMaxPercent'] as const)
    .filter((key) => options[key] !== undefined)
    .map((key) =>
      mistakeAt(
        ['migrations', index, 'options', key],
        `${String(options[key])} limits deletions, and ${operation} deletes nothing`,
        'remove it, or write operation: sync',
      ),
    );
}

function bucketMistakes({ buckets, environment }: Configuration): readonly LocatedMistake[] {
  const twice = repeated<BucketConfiguration>(buckets, bucketLogicalName).map(({ index, item }) =>
    mistakeAt(['buckets', index, 'name'], `"${item.name}" is made twice on ${item.provider}`, 'remove one'),
  );
  const emptied = buckets.flatMap(({ emptyOnDestroy }, index) =>
    emptyOnDestroy && environment !== 'sandbox'
      ? [
          mistakeAt(
            ['buckets', index, 'emptyOnDestroy'],
            `true would delete data in environment "${environment}"`,
            'remove it; only sandbox may',
          ),
        ]
      : [],
  );
  return [...twice, ...emptied];
}

/** The stack makes its buckets in its own account: a location elsewhere is another bucket, whatever its name. */
function accountMistakes({ migrations, buckets, providers: { aws } }: Configuration): readonly LocatedMistake[] {
  const made = new Set(buckets.filter(({ provider }) => provider === 'aws').map(({ name }) => name));
  return migrations.flatMap((migration, index) =>
    sides.flatMap((side) => {
      const { location } = migration[side];
      if (location.provider !== 'aws' || location.accountId === aws?.accountId || !made.has(location.bucket)) return [];
      return [
        mistakeAt(
          ['migrations', index, side, 'accountId'],
          `"${location.accountId}" does not own "${location.bucket}", which this stack makes in its own account`,
          'remove it, or the bucket from buckets',
        ),
      ];
    }),
  );
}

/** A decoy proves that a credential stops at its bucket, so no credential may be meant to reach it. */
function decoyMistakes({ migrations, smoke: { decoyBuckets } }: Configuration): readonly LocatedMistake[] {
  const used = new Set(
    migrations.flatMap((migration) =>
      sides.map((side) => {
        const { location } = migration[side];
        return location.provider === 'file' ? '' : `${location.provider} ${location.bucket}`;
      }),
    ),
  );
  return (['aws', 'r2'] as const).flatMap((provider) => {
    const decoy = decoyBuckets[provider];
    if (decoy === undefined || !used.has(`${provider} ${decoy}`)) return [];
    return [
      mistakeAt(
        ['smoke', 'decoyBuckets', provider],
        `"${decoy}" is a bucket that a migration reaches`,
        'name a bucket that no migration uses',
      ),
    ];
  });
}
