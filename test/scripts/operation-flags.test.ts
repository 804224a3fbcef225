import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { RunOptions } from '../../engine/run.ts';
import type { Operation } from '../../policies/operation.ts';
import { addOperationFlags, engineOptions, type OperationFlags, placeFlags } from '../../scripts/operation-flags.ts';

function parsed(operation: Operation, words: readonly string[]): OperationFlags {
  const command = addOperationFlags(new Command(operation).exitOverride(), operation);
  command.configureOutput({ writeErr: () => undefined });
  return command.parse(words, { from: 'user' }).opts<OperationFlags>();
}

async function optionsOf(operation: Operation, ...words: string[]): Promise<Partial<RunOptions>> {
  const options = await engineOptions(parsed(operation, words), operation);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const dayMs = 86_400_000;

describe('the flags of an operation stand for', () => {
  test.each([
    ['copy', ['--tps-limit', '50'], { tpsLimit: 50 }],
    ['copy', ['--tpslimit', '0.5'], { tpsLimit: 0.5 }],
    ['sync', ['--bandwidth-limit', '10M'], { bandwidthLimit: 10 * 1024 * 1024 }],
    ['verify', ['--bwlimit', '512k'], { bandwidthLimit: 512 * 1024 }],
    ['copy', ['--bwlimit', 'off'], {}],
    ['copy', ['--min-age', '1M', '--max-age', '1y'], { ageMsMin: 30 * dayMs, ageMsMax: 365 * dayMs }],
    ['copy', ['--append-only', '--tags', '--versions'], { appendOnly: true, tags: true, versions: true }],
    ['copy', ['--server-side'], { serverSide: true }],
    ['sync', ['--threads', '4'], { threads: 4 }],
    ['copy', ['--threads', '0'], { threads: 0 }],
    [
      'sync',
      ['--versions-at', '2026-11-22T09:30:00+01:00'],
      { versions: true, versionsAt: new Date('2026-11-22T08:30:00Z') },
    ],
    ['verify', ['--checksum'], { checksum: true, verification: 'content' }],
    ['verify', ['--stored-checksums'], { verification: 'checksums' }],
    ['verify', ['--tags'], { tags: true }],
    ['sync', ['--max-delete', '7'], { deletesMax: 7, deletesMaxPercent: 100 }],
    ['sync', ['--max-delete', '7', '--max-delete', '2.5%'], { deletesMax: 7, deletesMaxPercent: 2.5 }],
  ] as const)('%s %j', async (operation, words, expected) => {
    expect(await optionsOf(operation, ...words)).toEqual({ dryRun: false, ...expected });
  });

  test('a timetable of bandwidth', async () => {
    const { bandwidthLimit } = await optionsOf('copy', '--bwlimit', '08:00,512k 19:00,10M 23:00,off');
    expect(bandwidthLimit).toHaveLength(21);
  });

  test('the keys of a file, whatever editor wrote it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-keys-'));
    const file = join(directory, 'keys');
    await writeFile(file, '\uFEFFa.txt\r\n\n"\\"b\\n"\n');
    const { keys } = await optionsOf('copy', '--from-file', file);
    await rm(directory, { recursive: true });
    expect(keys).toEqual(['a.txt', '"b\n']);
  });

  test('what is asked of each place', () => {
    const words = ['--from', 's3://a/', '--from-requester-pays', '--to', 's3://b/', '--to-kms-key', 'arn:aws:kms:key'];
    const flags = parsed('copy', words);
    expect(placeFlags('from', flags)).toMatchObject({ url: 's3://a/', requesterPays: true });
    expect(placeFlags('to', flags)).toMatchObject({ url: 's3://b/', kmsKey: 'arn:aws:kms:key' });
  });
});

describe('the flags of an operation refuse', () => {
  test.each([
    ['copy', ['--tps-limit', '0']],
    ['copy', ['--bandwidth-limit', '10']],
    ['copy', ['--versions-at', '2026-11-22']],
    ['sync', ['--append-only']],
    ['copy', ['--max-delete', '5']],
    ['verify', ['--dry-run']],
    ['copy', ['--threads', '-1']],
    ['copy', ['--threads', '1.5']],
    ['copy', ['--threads', '33']],
    ['verify', ['--threads', '2']],
  ] as const)('%s %j', (operation, words) => {
    expect(() => parsed(operation, words)).toThrow();
  });

  test('what is said of a place that is not named', () => {
    expect(() => placeFlags('to', parsed('copy', ['--to-kms-key', 'arn']))).toThrow(/--to-kms-key: there is no --to/);
  });
});
