import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import type { FilterRule } from '../engine/filter.ts';
import type { RunOptions } from '../engine/run.ts';
import type { Operation } from '../policies/operation.ts';
import type { PlaceFlags, PlaceSide } from './places.ts';

/** Flags that copy, sync and verify share, as commander gives them. */
export interface OperationFlags {
  readonly from?: string;
  readonly fromEndpoint?: string;
  readonly fromRegion?: string;
  readonly fromProfile?: string;
  readonly fromAccount?: string;
  readonly to?: string;
  readonly toEndpoint?: string;
  readonly toRegion?: string;
  readonly toProfile?: string;
  readonly toAccount?: string;
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
  readonly journal?: boolean;
  readonly restart?: boolean;
}

interface MaxDelete {
  readonly count?: number;
  readonly percent?: number;
}

/** Adds the flags that say what an operation is about, and how it is done. */
export function addOperationFlags(command: Command, operation: Operation): Command {
  for (const side of ['from', 'to']) {
    command
      .option(`--${side} <url>`, `${side === 'from' ? 'the source' : 'the destination'}, without a stack`)
      .option(`--${side}-endpoint <url>`, 'where it answers S3 requests')
      .option(`--${side}-region <region>`, 'its region')
      .option(`--${side}-profile <name>`, 'its credentials, in the AWS shared files')
      .option(`--${side}-account <id>`, 'the Cloudflare account of an r2:// place');
  }
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
    .option('--from-file <file>', 'only the keys in this file, one a line');
  if (operation === 'verify') {
    return command
      .option('--checksum', 'read and compare every body')
      .option('--one-way', 'what only the destination has is no difference');
  }
  command
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--checksum', 'where entity tags do not prove two objects the same, read and compare them')
    .option('--update', 'leave alone what is newer at the destination')
    .option('--no-journal', 'keep no journal: an interrupted run then begins again')
    .option('--restart', 'forget what an interrupted run left, and begin again');
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
  const { from, fromEndpoint, fromRegion, fromProfile, fromAccount } = flags;
  const { to, toEndpoint, toRegion, toProfile, toAccount } = flags;
  const said =
    side === 'from'
      ? { url: from, endpoint: fromEndpoint, region: fromRegion, profile: fromProfile, account: fromAccount }
      : { url: to, endpoint: toEndpoint, region: toRegion, profile: toProfile, account: toAccount };
  const { url, ...others } = said;
  if (url !== undefined) return { url, ...others };
  const lonely = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
  if (lonely === undefined) return undefined;
  throw new UserError({
    where: `--${side}-${lonely}`,
    what: `there is no --${side} that it belongs to`,
    fix: `add --${side} URL`,
  });
}

/** The engine's options that the flags stand for. Throws `UserError` where `--from-file` cannot be read. */
export async function engineOptions(flags: OperationFlags, operation: Operation): Promise<Partial<RunOptions>> {
  const { include, exclude, minSize, maxSize, minAge, maxAge, fromFile, checksum, update, maxDelete } = flags;
  const { dryRun = false, oneWay } = flags;
  return {
    rules: include ?? exclude,
    sizeBytesMin: minSize,
    sizeBytesMax: maxSize,
    ageMsMin: minAge,
    ageMsMax: maxAge,
    checksum,
    update,
    dryRun,
    keys: fromFile === undefined ? undefined : await readKeys(fromFile),
    ...(operation === 'verify' && checksum === true ? { verification: 'content' } : {}),
    ...(oneWay === undefined ? {} : { oneWay }),
    ...(maxDelete === undefined ? {} : deleteLimits(maxDelete)),
  };
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

const sizeUnits = ['', 'k', 'm', 'g', 't'];

function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  if (number === undefined)
    throw new InvalidArgumentError('a size is a number of bytes, or of KiB, MiB, GiB, TiB: 500, 10k, 1.5G.');
  return Math.round(Number(number) * 1024 ** sizeUnits.indexOf(unit.toLowerCase()));
}

const ageUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function parseAge(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new InvalidArgumentError('an age is a number with ms, s, m, h, d or w: 90s, 24h, 1h30m.');
  }
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (ageUnitsMs[unit] ?? 0), 0);
}

function parseMaxDelete(text: string, before: MaxDelete = {}): MaxDelete {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (
    number === undefined ||
    (percent === '' && !Number.isSafeInteger(Number(number))) ||
    (percent === '%' && Number(number) > 100)
  ) {
    throw new InvalidArgumentError('a limit is a number of objects or a percentage of them: 500, 10%.');
  }
  return percent === '%' ? { ...before, percent: Number(number) } : { ...before, count: Number(number) };
}
