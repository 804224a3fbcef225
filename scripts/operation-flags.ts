import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import type { FilterRule } from '../engine/filter.ts';
import { deleteLimitsDefault, type RunOptions } from '../engine/run.ts';
import { threadsMax } from '../engine/threads/thread-plan.ts';
import type { Operation } from '../policies/operation.ts';
import { type Bandwidth, bandwidthLimitOf, parseBandwidth } from './bandwidth-flag.ts';
import {
  type MaxDelete,
  parseAge,
  parseMaxDelete,
  parseRequestRate,
  parseSize,
  parseThreads,
  parseTime,
} from './flag-values.ts';
import { readFilterFile } from './filter-file.ts';
import { flagOf, type PlaceFlags, type PlaceSide } from './places.ts';

/** Flags that copy, sync and verify share, as commander gives them. */
export interface OperationFlags {
  readonly from?: string;
  readonly fromEndpoint?: string;
  readonly fromRegion?: string;
  readonly fromProfile?: string;
  readonly fromAccount?: string;
  readonly fromRequesterPays?: boolean;
  readonly to?: string;
  readonly toEndpoint?: string;
  readonly toRegion?: string;
  readonly toProfile?: string;
  readonly toAccount?: string;
  readonly toRequesterPays?: boolean;
  readonly toKmsKey?: string;
  /** Each of these three has the rules of all, in the order in which they were given. */
  readonly include?: readonly FilterRule[];
  readonly exclude?: readonly FilterRule[];
  readonly filterFrom?: readonly FilterRule[];
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly minAge?: number;
  readonly maxAge?: number;
  readonly fromFile?: string;
  readonly checksum?: boolean;
  readonly update?: boolean;
  readonly maxDelete?: MaxDelete;
  readonly dryRun?: boolean;
  readonly oneWay?: boolean;
  readonly storedChecksums?: boolean;
  readonly tags?: boolean;
  readonly versions?: boolean;
  readonly versionsAt?: Date;
  readonly appendOnly?: boolean;
  readonly ifUnchanged?: boolean;
  readonly serverSide?: boolean;
  readonly tpsLimit?: number;
  readonly tpslimit?: number;
  readonly bandwidthLimit?: Bandwidth;
  readonly bwlimit?: Bandwidth;
  readonly threads?: number;
  readonly journal?: boolean;
  readonly restart?: boolean;
}

/** Adds the flags that say what an operation is about, and how it is done: in the order in which a reader of the help decides. */
export function addOperationFlags(command: Command, operation: Operation): Command {
  addPlaceFlags(command, operation);
  addFilterFlags(command, operation);
  if (operation === 'verify') addVerifyFlags(command);
  else addTransferFlags(command, operation);
  addLimitFlags(command, operation);
  if (operation === 'verify') return command;
  return command
    .optionsGroup('Interrupted runs:')
    .option('--no-journal', 'keep no journal: an interrupted run then begins again')
    .option('--restart', 'forget what an interrupted run left, and begin again');
}

function addPlaceFlags(command: Command, operation: Operation): void {
  command
    .optionsGroup('The source, without a stack:')
    .option('--from <url>', 's3://bucket/prefix/, r2://bucket/prefix/, b2://bucket/prefix/ or a directory')
    .option('--from-profile <name>', 'its credentials, region and endpoint: a profile of the AWS shared files')
    .option('--from-region <region>', "its region (default: the profile's; s3: AWS_REGION)")
    .option(
      '--from-endpoint <url>',
      "where it answers S3 requests (default: the profile's; s3: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL; r2: the account's, SLUICE_R2_ENDPOINT; else the region's)",
    )
    .option('--from-account <id>', 'the Cloudflare account of an r2:// place')
    .option('--from-requester-pays', 'whoever asks pays there, and says so (s3)')
    .optionsGroup('The destination, without a stack:')
    .option('--to <url>', 'as --from')
    .option('--to-profile <name>', 'as --from-profile')
    .option('--to-region <region>', 'as --from-region')
    .option('--to-endpoint <url>', 'as --from-endpoint')
    .option('--to-account <id>', 'as --from-account')
    .option('--to-requester-pays', 'as --from-requester-pays');
  const kmsKey = new Option('--to-kms-key <arn>', 'what is written is encrypted with this key of AWS KMS (s3)');
  // A verify writes nothing.
  command.addOption(operation === 'verify' ? kmsKey.hideHelp() : kmsKey);
}

function addFilterFlags(command: Command, operation: Operation): void {
  // One list for all, because their order matters.
  const rules: FilterRule[] = [];
  const ruled = (action: FilterRule['action']) => (pattern: string) => {
    rules.push({ action, pattern });
    return rules;
  };
  const ruledByFile = (file: string) => {
    rules.push(...readFilterFile(file));
    return rules;
  };
  const others = operation === 'sync' ? '; they are not deleted either' : '';
  command
    .optionsGroup('Which objects (default: all):')
    .option(
      '--include <pattern>',
      'only keys that match; repeatable, the first --include or --exclude that matches a key decides',
      ruled('include'),
    )
    .option('--exclude <pattern>', `no keys that match${others}`, ruled('exclude'))
    .option(
      '--filter-from <file>',
      'patterns of a file, one a line: "- PATTERN" leaves out, "+ PATTERN" takes; other keys are taken',
      ruledByFile,
    )
    .option('--min-size <size>', 'only objects of at least this size: 500 (bytes), 10k, 1.5G (KiB, GiB)', parseSize)
    .option('--max-size <size>', 'only objects of at most this size', parseSize)
    .option('--min-age <age>', 'only objects modified at least so long ago: 90s, 24h, 7d', parseAge)
    .option('--max-age <age>', 'only objects modified no longer ago', parseAge)
    .option('--from-file <file>', 'only the keys in this file, one a line');
}

function addVerifyFlags(command: Command): void {
  command
    .optionsGroup('What is compared (default: sizes and entity tags, by the listings):')
    .option('--checksum', 'read and compare every body')
    .option('--stored-checksums', 'where listings prove nothing, compare the checksums that providers keep')
    .option('--tags', 'objects with other tags differ (S3; only with --from and --to)')
    .option('--one-way', 'what only the destination has is no difference');
}

function addTransferFlags(command: Command, operation: Exclude<Operation, 'verify'>): void {
  command
    .optionsGroup('How:')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--checksum', 'where entity tags do not prove two objects the same, read and compare them')
    .option('--update', 'leave alone what is newer at the destination');
  if (operation === 'copy')
    command.option('--append-only', 'never overwrite; what is there is refused by the provider too');
  command.option(
    '--if-unchanged',
    'overwrite only what is as it was listed: what somebody else wrote meanwhile stays, and fails by name (S3, R2)',
  );
  if (operation === 'sync') {
    command.option(
      '--max-delete <limit>',
      `delete at most so many objects (500) or so much of the destination (20%); give both to have both (default: ${defaultDeletes})`,
      parseMaxDelete,
    );
  }
  command
    .option('--tags', 'tags go with their objects (S3)')
    .option('--versions', 'read the versions that were listed, whatever changes meanwhile (S3)')
    .option('--versions-at <time>', 'the source as it was then, by its versions: 2026-11-22T09:30:00Z (S3)', parseTime)
    .option('--server-side', "the provider copies by itself; the destination's credential reads the source");
}

const defaultDeletes = `${deleteLimitsDefault.deletesMax} and ${deleteLimitsDefault.deletesMaxPercent}%, or the migration's`;

function addLimitFlags(command: Command, operation: Operation): void {
  command
    .optionsGroup('How fast (default: as fast as both sides take it):')
    .option('--tps-limit <number>', 'at most so many requests a second, of both sides together', parseRequestRate)
    .option(
      '--bandwidth-limit <limit>',
      'at most so many bytes a second: 512k, 10M, 1.5G (KiB, MiB, GiB), off; or a timetable: "08:00,512k 19:00,off"',
      parseBandwidth,
    )
    // As rclone spells them.
    .addOption(new Option('--tpslimit <number>').argParser(parseRequestRate).hideHelp())
    .addOption(new Option('--bwlimit <limit>').argParser(parseBandwidth).hideHelp());
  if (operation === 'verify') return;
  command.option(
    '--threads <number>',
    `copy in so many threads, at most ${threadsMax}; 0 for none (default: as many as idle cores, at most 4)`,
    parseThreads,
  );
}

/** What the flags say about one place; undefined where they do not name it. */
export function placeFlags(side: PlaceSide, flags: OperationFlags): PlaceFlags | undefined {
  const { url, ...others } = side === 'from' ? sourceFlags(flags) : destinationFlags(flags);
  if (url !== undefined) return { url, ...others };
  const lonely = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
  if (lonely === undefined) return undefined;
  throw new UserError({
    where: flagOf(side, lonely as keyof PlaceFlags),
    what: `there is no --${side} that it belongs to`,
    fix: `add --${side} URL`,
  });
}

/** What is said of a place, whether or not it is named. */
type SaidOfPlace = Omit<PlaceFlags, 'url'> & { readonly url: string | undefined };

function sourceFlags(flags: OperationFlags): SaidOfPlace {
  const { from: url, fromEndpoint: endpoint, fromRegion: region, fromProfile: profile, fromAccount: account } = flags;
  return { url, endpoint, region, profile, account, requesterPays: flags.fromRequesterPays };
}

function destinationFlags(flags: OperationFlags): SaidOfPlace {
  const { to: url, toEndpoint: endpoint, toRegion: region, toProfile: profile, toAccount: account } = flags;
  const { toRequesterPays: requesterPays, toKmsKey: kmsKey } = flags;
  return { url, endpoint, region, profile, account, requesterPays, kmsKey };
}

/** The engine's options that the flags stand for. Throws `UserError` where `--from-file` cannot be read. */
export async function engineOptions(flags: OperationFlags, operation: Operation): Promise<Partial<RunOptions>> {
  const { minSize, maxSize, minAge, maxAge, fromFile, checksum, update, maxDelete } = flags;
  const { dryRun = false, oneWay, tags, versionsAt, appendOnly, ifUnchanged, serverSide, threads } = flags;
  return {
    rules: rulesOf(flags),
    sizeBytesMin: minSize,
    sizeBytesMax: maxSize,
    ageMsMin: minAge,
    ageMsMax: maxAge,
    checksum,
    update,
    dryRun,
    tags,
    versions: versionsAt === undefined ? flags.versions : true,
    versionsAt,
    appendOnly,
    ifUnchanged,
    serverSide,
    tpsLimit: flags.tpsLimit ?? flags.tpslimit,
    bandwidthLimit: bandwidthLimitOf(flags.bandwidthLimit ?? flags.bwlimit),
    threads,
    keys: fromFile === undefined ? undefined : await readKeys(fromFile),
    ...verificationOf(flags, operation),
    ...(oneWay === undefined ? {} : { oneWay }),
    ...(maxDelete === undefined ? {} : deleteLimits(maxDelete)),
  };
}

const everyKey: FilterRule = { action: 'include', pattern: '**' };

/** As in rclone: after an `--include` all other keys are left out, after the "+" of a file they are not. */
function rulesOf({ include, exclude, filterFrom }: OperationFlags): readonly FilterRule[] | undefined {
  if (filterFrom !== undefined && include === undefined) return [...filterFrom, everyKey];
  return include ?? exclude ?? filterFrom;
}

function verificationOf(
  { checksum, storedChecksums }: OperationFlags,
  operation: Operation,
): Pick<RunOptions, 'verification'> {
  if (operation !== 'verify') return {};
  if (checksum === true) return { verification: 'content' };
  return storedChecksums === true ? { verification: 'checksums' } : {};
}

/** A limit that is given alone is the only one. */
function deleteLimits({ count, percent }: MaxDelete): Pick<RunOptions, 'deletesMax' | 'deletesMaxPercent'> {
  return { deletesMax: count ?? Number.MAX_SAFE_INTEGER, deletesMaxPercent: percent ?? 100 };
}

/** A key a line; one that holds a line break, or begins with a quote, as a JSON string. */
async function readKeys(file: string): Promise<string[]> {
  const where = `--from-file ${file}`;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    throw new UserError({ where, what: `it cannot be read${reason}`, fix: 'name a file with one key a line', cause });
  }
  // Some editors begin a file with a byte order mark.
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  return lines.flatMap((line, index) => (line === '' ? [] : [keyOf(line, `${where}, line ${index + 1}`)]));
}

function keyOf(line: string, where: string): string {
  if (!line.startsWith('"')) return line;
  try {
    return z.string().min(1).parse(JSON.parse(line));
  } catch (cause) {
    throw new UserError({
      where,
      what: 'it begins with a quote and is no JSON string',
      fix: String.raw`write it as "\"key"`,
      cause,
    });
  }
}
