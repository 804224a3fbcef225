import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import type { FilterRule } from '../engine/filter.ts';
import type { RunOptions } from '../engine/run.ts';
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
  /** With `--exclude`, in the order in which they were given. */
  readonly include?: readonly FilterRule[];
  readonly exclude?: readonly FilterRule[];
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
  readonly serverSide?: boolean;
  readonly tpsLimit?: number;
  readonly tpslimit?: number;
  readonly bandwidthLimit?: Bandwidth;
  readonly bwlimit?: Bandwidth;
  readonly threads?: number;
  readonly journal?: boolean;
  readonly restart?: boolean;
}

/** Adds the flags that say what an operation is about, and how it is done. */
export function addOperationFlags(command: Command, operation: Operation): Command {
  for (const side of ['from', 'to']) {
    command
      .option(`--${side} <url>`, `${side === 'from' ? 'the source' : 'the destination'}, without a stack`)
      .option(`--${side}-endpoint <url>`, 'where it answers S3 requests')
      .option(`--${side}-region <region>`, 'its region')
      .option(`--${side}-profile <name>`, 'its credentials, in the AWS shared files')
      .option(`--${side}-account <id>`, 'the Cloudflare account of an r2:// place')
      .option(`--${side}-requester-pays`, 'whoever asks pays there, and says so');
  }
  command.option('--to-kms-key <arn>', 'what is written is encrypted with this key of AWS KMS');
  // One list for both, because their order matters.
  const rules: FilterRule[] = [];
  const ruled = (action: FilterRule['action']) => (pattern: string) => {
    rules.push({ action, pattern });
    return rules;
  };
  command
    .option(
      '--include <pattern>',
      'only keys that match; repeatable, the first pattern that matches decides',
      ruled('include'),
    )
    .option('--exclude <pattern>', 'no keys that match; they are never deleted either', ruled('exclude'))
    .option('--min-size <size>', 'only objects of at least this size (10M)', parseSize)
    .option('--max-size <size>', 'only objects of at most this size', parseSize)
    .option('--min-age <age>', 'only objects modified at least so long ago (24h, 7d)', parseAge)
    .option('--max-age <age>', 'only objects modified no longer ago', parseAge)
    .option('--from-file <file>', 'only the keys in this file, one a line')
    .option('--tps-limit <number>', 'at most so many requests a second', parseRequestRate)
    .option('--bandwidth-limit <limit>', 'bytes a second (10M), or a timetable: "08:00,512k 19:00,off"', parseBandwidth)
    // As rclone spells them.
    .addOption(new Option('--tpslimit <number>').argParser(parseRequestRate).hideHelp())
    .addOption(new Option('--bwlimit <limit>').argParser(parseBandwidth).hideHelp());
  if (operation === 'verify') {
    return command
      .option('--checksum', 'read and compare every body')
      .option('--stored-checksums', 'where listings prove nothing, compare the checksums that providers keep')
      .option('--tags', 'objects with other tags differ (S3; only with --from and --to)')
      .option('--one-way', 'what only the destination has is no difference');
  }
  command
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--checksum', 'where entity tags do not prove two objects the same, read and compare them')
    .option('--update', 'leave alone what is newer at the destination')
    .option('--tags', 'tags go with their objects (S3)')
    .option('--versions', 'read the versions that were listed, whatever changes meanwhile (S3)')
    .option('--versions-at <time>', 'the source as it was then, by its versions (S3)', parseTime)
    .option('--server-side', "the provider copies by itself; the destination's credential reads the source")
    .option(
      '--threads <number>',
      'copy in so many threads (0: in none); else as the machine has room for',
      parseThreads,
    )
    .option('--no-journal', 'keep no journal: an interrupted run then begins again')
    .option('--restart', 'forget what an interrupted run left, and begin again');
  if (operation === 'copy')
    command.option('--append-only', 'never overwrite; what is there is refused by the provider too');
  if (operation === 'sync') {
    command.option(
      '--max-delete <limit>',
      'delete at most so many objects (500) or so much of the destination (10%); repeatable',
      parseMaxDelete,
    );
  }
  return command;
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
  const { include, exclude, minSize, maxSize, minAge, maxAge, fromFile, checksum, update, maxDelete } = flags;
  const { dryRun = false, oneWay, tags, versionsAt, appendOnly, serverSide, threads } = flags;
  return {
    rules: include ?? exclude,
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
    throw new UserError({ where, what: 'it cannot be read', fix: 'name a file with one key a line', cause });
  }
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
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
