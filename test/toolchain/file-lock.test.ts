import { spawnSync } from 'node:child_process';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { withFileLock } from '../../toolchain/file-lock.ts';
import { withTemporaryDirectory } from './fixtures/temporary-directory.ts';

const silent = { onWait: () => undefined };

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

test('only one holder works at a time, and everyone gets a turn', () =>
  withTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'lock');
    let working = 0;
    let most = 0;
    const turns = [1, 2, 3, 4].map((turn) =>
      withFileLock(file, silent, async () => {
        working += 1;
        most = Math.max(most, working);
        await new Promise((resolve) => setTimeout(resolve, 20));
        working -= 1;
        return turn;
      }),
    );
    expect(await Promise.all(turns)).toEqual([1, 2, 3, 4]);
    expect(most).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  }));

test('the lock is free again after work that fails', () =>
  withTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'lock');
    const failing = withFileLock(file, silent, () => Promise.reject(new Error('no luck')));
    await expect(failing).rejects.toThrow('no luck');
    expect(await withFileLock(file, silent, () => Promise.resolve('worked'))).toBe('worked');
  }));

describe('a lock is taken over when', () => {
  test('its process has died', () =>
    withTemporaryDirectory(async (directory) => {
      const file = path.join(directory, 'lock');
      await writeFile(file, JSON.stringify({ pid: deadPid(), host: hostname(), nonce: 'dead' }));
      expect(await withFileLock(file, silent, () => Promise.resolve('worked'))).toBe('worked');
    }));

  test('nobody has touched it for long, whoever holds it', () =>
    withTemporaryDirectory(async (directory) => {
      const file = path.join(directory, 'lock');
      await writeFile(file, JSON.stringify({ pid: process.pid, host: 'elsewhere', nonce: 'old' }));
      await utimes(file, new Date(0), new Date(0));
      expect(await withFileLock(file, silent, () => Promise.resolve('worked'))).toBe('worked');
    }));
});

test('a waiter is told who holds the lock, once, and can give up', () =>
  withTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'lock');
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname(), nonce: 'alive' }));
    const holders: (number | undefined)[] = [];
    const giveUp = new AbortController();
    const waiting = withFileLock(
      file,
      {
        onWait: (pid) => {
          holders.push(pid);
          giveUp.abort();
        },
        signal: giveUp.signal,
      },
      () => Promise.resolve('worked'),
    );
    await expect(waiting).rejects.toThrow('aborted');
    expect(holders).toEqual([process.pid]);
  }));
