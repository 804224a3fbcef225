import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../base/user-error.ts';
import { identifyProcess, isRunning } from '../../sandbox/process-identity.ts';
import { acquireLock, lockHolder } from '../../sandbox/process-lock.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-lock-'));
  path = join(directory, 'lock');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a lock', () => {
  test('is held by one until released, and leaves nothing behind', async () => {
    const lock = await acquireLock(path);
    expect(await lockHolder(path)).toMatchObject({ pid: process.pid });
    await expect(acquireLock(path)).rejects.toThrow(UserError);
    await lock.release();
    expect(await lockHolder(path)).toBeUndefined();
    await (await acquireLock(path)).release();
    expect(await readdir(directory)).toEqual([]);
  });

  test.each([
    ['names a process that is gone', { pid: 2 ** 22 + 1, token: 't' }],
    ['names a process that got the number of one that is gone', { pid: process.pid, startedTicks: 1, token: 't' }],
    ['was left by the taking over of another', 'no holder'],
  ])('is taken over when it %s', async (_what, holder) => {
    await writeFile(path, JSON.stringify(holder));
    const lock = await acquireLock(path);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject(identifyProcess(process.pid));
    expect(await readdir(directory)).toEqual(['lock']);
    await lock.release();
  });

  test('goes to exactly one of many that ask at once', async () => {
    await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, token: 't' }));
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(path)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(directory)).toEqual(['lock']);
  });
});

test('a process is running or not, whoever owns it', () => {
  expect(isRunning(identifyProcess(process.pid))).toBe(true);
  expect(isRunning(identifyProcess(1))).toBe(true);
  expect(isRunning({ pid: 2 ** 22 + 1 })).toBe(false);
});
