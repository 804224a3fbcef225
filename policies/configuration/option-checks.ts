import { type Side, sides } from '../operation.ts';
import { type ConfigurationPath, type LocatedMistake, mistakeAt } from './mistake.ts';
import type { ConfigurationInput, MigrationInput, SideInput } from './schema.ts';

type Option = 'versions' | 'tags' | 'appendOnly' | 'serverSide';

interface Rule {
  readonly option: Option;
  /** The sides that have to be in a bucket on AWS. */
  readonly onAws: readonly Side[];
  /** Why no other provider will do. */
  readonly because: string;
  /** What is wrong with an operation, for those that it makes no sense for. */
  readonly contradicts?: Readonly<Partial<Record<MigrationInput['operation'], string>>>;
}

/**
 * Which options a migration can have, by its providers and its operation.
 *
 *     option     | needs on AWS        | contradicts
 *     versions   | source              |
 *     tags       | source, destination | verify
 *     appendOnly | destination         | sync, verify, serverSide
 *     serverSide | source, destination | verify, appendOnly
 */
const rules: readonly Rule[] = [
  {
    option: 'versions',
    onAws: ['source'],
    because: 'only S3 keeps versions that can be listed and read by their ids',
  },
  {
    option: 'tags',
    onAws: ['source', 'destination'],
    because: 'only S3 keeps tags with its objects',
    contradicts: { verify: 'which writes nothing' },
  },
  {
    option: 'appendOnly',
    onAws: ['destination'],
    because: 'only a policy of S3 can demand that a write overwrites nothing',
    contradicts: { sync: 'which overwrites and deletes', verify: 'which writes nothing' },
  },
  {
    option: 'serverSide',
    onAws: ['source', 'destination'],
    because: 'only S3 copies from bucket to bucket for one credential',
    contradicts: { verify: 'which copies nothing' },
  },
];

/** Options that a provider cannot carry out, or that contradict the operation or each other; keys that a bucket cannot use. */
export function optionMistakes({ migrations, providers, endpoints }: ConfigurationInput): readonly LocatedMistake[] {
  return migrations.flatMap((migration, index) => {
    const path = ['migrations', index];
    return [
      ...rules.filter(({ option }) => migration.options[option]).flatMap((rule) => ruleMistakes(rule, migration, path)),
      ...combinationMistakes(migration, path),
      ...tlsOnlyMistakes(migration, endpoints?.aws?.s3, path),
      ...sides.flatMap((side) => keyMistakes(migration[side], providers.aws?.region, [...path, side])),
    ];
  });
}

function ruleMistakes(
  { option, onAws, because, contradicts = {} }: Rule,
  { operation, ...places }: MigrationInput,
  path: ConfigurationPath,
): readonly LocatedMistake[] {
  const at = [...path, 'options', option];
  const mistakes: LocatedMistake[] = [];
  const elsewhere = onAws
    .filter((side) => places[side].provider !== 'aws')
    .map((side) => `the ${side} is on ${places[side].provider}`);
  if (elsewhere.length > 0) {
    mistakes.push(mistakeAt(at, `true cannot be had where ${elsewhere.join(' and ')}: ${because}`, 'remove it'));
  }
  if (contradicts[operation] !== undefined) {
    mistakes.push(mistakeAt(at, `true makes no sense for ${operation}, ${contradicts[operation]}`, 'remove it'));
  }
  return mistakes;
}

function combinationMistakes({ options, source }: MigrationInput, path: ConfigurationPath): readonly LocatedMistake[] {
  if (!options.serverSide) return [];
  const mistakes: LocatedMistake[] = [];
  if (options.appendOnly) {
    // Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets": CopyObject takes no If-None-Match.
    mistakes.push(
      mistakeAt(
        [...path, 'options', 'appendOnly'],
        'true contradicts serverSide, since CopyObject may overwrite',
        'remove one of the two',
      ),
    );
  }
  if (source.provider === 'aws' && source.credential !== undefined) {
    mistakes.push(
      mistakeAt(
        [...path, 'source', 'credential'],
        "has no place beside serverSide: the destination's credential reads the source",
        'remove it',
      ),
    );
  }
  return mistakes;
}

/** One side on AWS is enough; and the sandbox must be reached over HTTPS then, which its default address is not. */
function tlsOnlyMistakes(
  { options, source, destination }: MigrationInput,
  endpoint: string | undefined,
  path: ConfigurationPath,
): readonly LocatedMistake[] {
  if (!options.tlsOnly) return [];
  const at = [...path, 'options', 'tlsOnly'];
  if (source.provider !== 'aws' && destination.provider !== 'aws') {
    return [
      mistakeAt(
        at,
        'true changes nothing where neither side is on aws: only a policy of S3 can refuse plain HTTP',
        'remove it',
      ),
    ];
  }
  if (endpoint === undefined || endpoint.startsWith('https:')) return [];
  return [
    mistakeAt(
      at,
      `true refuses every request at endpoints.aws.s3, "${endpoint}"`,
      'write the https address there: `sluice sandbox status` shows it',
    ),
  ];
}

/** Amazon S3 User Guide, "Specifying server-side encryption with AWS KMS": the key is in the bucket's region. */
function keyMistakes(
  side: SideInput,
  defaultRegion: string | undefined,
  path: ConfigurationPath,
): readonly LocatedMistake[] {
  if (side.provider !== 'aws' || side.kmsKeyArn === undefined) return [];
  const region = side.region ?? defaultRegion;
  const [, , , keyRegion] = side.kmsKeyArn.split(':');
  if (keyRegion === region) return [];
  return [
    mistakeAt(
      [...path, 'kmsKeyArn'],
      `"${side.kmsKeyArn}" is in ${keyRegion}, and the bucket in ${region ?? 'no known region'}`,
      'name the key of the bucket: it is in the same region',
    ),
  ];
}
