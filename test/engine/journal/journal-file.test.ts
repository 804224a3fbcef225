import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { decodeFrames, encodeFrame } from '../../../engine/journal/frame.ts';
import { openJournalFile } from '../../../engine/journal/journal-file.ts';
import { takeLock } from '../../../engine/journal/lock.ts';
import { openRunJournal } from '../../../engine/journal/run-journal.ts';
import type { JournalRecord } from '../../../engine/journal/record.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-journal-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const ended = (uploadId: string): JournalRecord => ({ kind: 'upload end', uploadId });

describe('P1: a journal that was torn', () => {
  test('holds every record before the tear, wherever it is, and none after a flipped byte', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), fc.nat(), (texts, at) => {
        const frames = texts.map((text) => encodeFrame({ text }));
        const whole = Buffer.concat(frames);
        const cut = at % whole.length;
        const { records, wholeBytes } = decodeFrames(whole.subarray(0, cut));
        expect(records).toEqual(texts.slice(0, records.length).map((text) => ({ text })));
        expect(wholeBytes).toBe(Buffer.concat(frames.slice(0, records.length)).length);
        expect(wholeBytes + (frames[records.length]?.length ?? 0)).toBeGreaterThan(cut);
        const flipped = Buffer.from(whole);
        flipped[cut] = (flipped[cut] ?? 0) ^ 1;
        expect(decodeFrames(flipped).wholeBytes).toBeLessThanOrEqual(cut);
      }),
    );
  });

  test('is cut and goes on behind the last whole record', async () => {
    const path = join(directory, 'journal');
    await writeFile(path, Buffer.concat([encodeFrame(ended('1')), encodeFrame(ended('2')).subarray(0, 11)]));
    const file = await openJournalFile(directory);
    expect(file.records).toEqual([ended('1')]);
    file.append(ended('3'));
    await file.close({ remove: false });
    expect(decodeFrames(await readFile(path)).records).toEqual([ended('1'), ended('3')]);
  });

  test('by a loss of power, which left zeros behind the last whole record, is cut as well', async () => {
    const path = join(directory, 'journal');
    for (const zeros of [1, 8, 9, 4096]) {
      await writeFile(path, Buffer.concat([encodeFrame(ended('1')), Buffer.alloc(zeros)]));
      const file = await openJournalFile(directory);
      expect(file.records).toEqual([ended('1')]);
      await file.close({ remove: true });
    }
  });

  test('of a version that wrote other records is read as far as it is understood', async () => {
    await writeFile(
      join(directory, 'journal'),
      Buffer.concat([ended('1'), { kind: 'later' }, ended('2')].map(encodeFrame)),
    );
    const file = await openJournalFile(directory);
    expect(file.records).toEqual([ended('1')]);
    await file.close({ remove: true });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('P1: a journal that cannot be opened', () => {
  test('is an error that says where and what to do, and leaves no lock', async () => {
    await mkdir(join(directory, 'journal'));
    await expect(openJournalFile(directory)).rejects.toThrow(/cannot be kept there.*--no-journal/s);
    expect(await readdir(directory)).toEqual(['journal']);
  });
});

describe('P1: a journal with many keys to delete', () => {
  test('is read again, however many runs went before', async () => {
    const subject = { operation: 'sync', source: 'here', destination: 'there', options: {} };
    const first = await openRunJournal(subject, { directory });
    const keyOf = (index: number) => `${index}`.padStart(8, '0').padEnd(1000, 'x');
    // More than a record may be long.
    const pages = 70;
    for (let page = 0; page < pages; page += 1) {
      const keys = Array.from({ length: 1000 }, (_, index) => keyOf(page * 1000 + index));
      first.pageDone({
        kind: 'page',
        ...(page === 0 ? {} : { after: keyOf(page * 1000 - 1) }),
        upTo: keyOf(page * 1000 + 999),
        sourceObjects: 0,
        destinationObjects: 1000,
        onlyAtDestination: 1000,
        keys,
        respelled: [],
        prefixes: [],
      });
    }
    await first.keep();
    for (let run = 0; run < 2; run += 1) {
      const next = await openRunJournal(subject, { directory });
      expect(next.resumed?.onlyAtDestination).toBe(pages * 1000);
      expect(next.ranges).toEqual([{ after: keyOf(pages * 1000 - 1), prefixes: [] }]);
      await next.keep();
    }
  });
});

describe('P1: the lock', () => {
  test('is held by one: another is told by which process', async () => {
    const giveBack = await takeLock(directory);
    await expect(takeLock(directory)).rejects.toThrow(`process ${process.pid}`);
    await giveBack();
    await (
      await takeLock(directory)
    )();
    expect(await readdir(directory)).toEqual([]);
  });

  test('of many that try at once goes to one', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(directory)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('of a process that is gone is taken over, by one of many', async () => {
    const child = spawn('true');
    await once(child, 'close');
    // Which one is first, and where the others are then, is another matter each time.
    for (let round = 0; round < 20; round += 1) {
      await writeFile(join(directory, 'lock'), JSON.stringify({ pid: child.pid }));
      const tries = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(directory)));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  test('of a process that was about to take over the lock of another one, and is gone too, is taken over', async () => {
    const child = spawn('true');
    await once(child, 'close');
    const stale = JSON.stringify({ pid: child.pid });
    await writeFile(join(directory, 'lock'), stale);
    const claim = `lock-${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
    await writeFile(join(directory, claim), stale);
    const giveBack = await takeLock(directory);
    await expect(takeLock(directory)).rejects.toThrow(`process ${process.pid}`);
    await giveBack();
    expect(await readdir(directory)).toEqual([]);
  });

  test('of a process whose number another has by now is taken over', async () => {
    await writeFile(join(directory, 'lock'), JSON.stringify({ pid: process.pid, startedAt: '1' }));
    await (
      await takeLock(directory)
    )();
  });

  test('of a process that was killed and that nobody has reaped is taken over', async () => {
    // What the shell starts is, from then on, the child of a program that never waits for it; the shell itself might.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    while ((await readFile(`/proc/${parent.pid ?? 0}/comm`, 'utf8')) !== 'cat\n') await setImmediate();
    process.kill(pid);
    while (!(await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z ')) await setImmediate();
    await writeFile(join(directory, 'lock'), JSON.stringify({ pid }));
    await (
      await takeLock(directory)
    )();
    parent.stdin.end();
    await once(parent, 'close');
  });

  test('of a run on another machine is held while it is heard of, though no process here has its number', async () => {
    const child = spawn('true');
    await once(child, 'close');
    const path = join(directory, 'lock');
    await writeFile(path, JSON.stringify({ pid: child.pid, startedAt: '1', space: 'another' }));
    await expect(takeLock(directory)).rejects.toThrow(`process ${child.pid}`);
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(path, longAgo, longAgo);
    await (
      await takeLock(directory)
    )();
    expect(await readdir(directory)).toEqual([]);
  });

  test('that another run has taken over is not given back with the own one', async () => {
    const giveBack = await takeLock(directory);
    const other = JSON.stringify({ pid: process.pid });
    await rename(join(directory, 'lock'), join(directory, 'gone'));
    await writeFile(join(directory, 'lock'), other);
    await giveBack();
    expect(await readFile(join(directory, 'lock'), 'utf8')).toBe(other);
  });
});
