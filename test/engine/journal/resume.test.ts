import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOperation, type RunOptions } from '../../../engine/run.ts';
import type { Summary } from '../../../engine/summary.ts';
import { bucket, type BucketSide, faultOnce, startBucketSide } from '../bucket-side.ts';
import type { ProxiedRequest } from '../fault-proxy.ts';

jest.setTimeout(120_000);

let source: BucketSide;
let destination: BucketSide;
let directory: string;
beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
  directory = await mkdtemp(join(tmpdir(), 'sluice-resume-'));
});
afterEach(async () => {
  await Promise.all([source.close(), destination.close()]);
  await rm(directory, { recursive: true, force: true });
});

const mebibyte = 1024 * 1024;
const concurrency = 4;

function options(more: Partial<RunOptions> = {}): RunOptions {
  return {
    operation: 'copy',
    source: source.place(),
    destination: destination.place(),
    deletesMaxPercent: 100,
    journal: { directory, pageKeys: 10 },
    tuning: { retryDelayMs: 1, multipartBytesMin: 5 * mebibyte, partSizeBytes: 5 * mebibyte },
    concurrency,
    ...more,
  };
}

async function putMany(side: BucketSide, count: number, prefix = 'key-'): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await side.put(`${prefix}${String(index).padStart(4, '0')}`, `body ${index}`);
  }
}

const isWrite = ({ method, url }: ProxiedRequest) => method !== 'GET' && !url.includes('?uploads');
const writes = () => destination.proxy.requests.filter(isWrite).length;

async function journalsLeft(): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith('journal'));
}

/** Runs in a process of its own, killed without warning at its `killAt`th write; undefined where it was. */
async function runChild(run: RunOptions, killAt: number): Promise<Summary | undefined> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run-child.ts')], {
    env: { ...process.env, RUN_OPTIONS: JSON.stringify(run) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = 0;
  destination.proxy.fault = (request) => {
    if (isWrite(request)) seen += 1;
    // Some die before the server heard of the request, some after.
    if (seen === killAt) child.kill('SIGKILL');
    return undefined;
  };
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  destination.proxy.fault = () => undefined;
  return exitCode === 0 ? (JSON.parse(printed) as Summary) : undefined;
}

describe('P1: a run that is killed goes on where it stopped', () => {
  test.each(['copy', 'sync'] as const)('%s, killed at ten random moments', async (operation) => {
    const objects = 150;
    await putMany(source, objects);
    await source.put('key-0042-large', randomBytes(16 * mebibyte));
    await putMany(destination, 40, 'old-');
    await destination.put('key-0000', 'something else');
    const before = await destination.bodies();
    const run = options({ operation });
    let summary: Summary | undefined;
    let kills = 0;
    for (; summary === undefined && kills <= 40; kills += 1) {
      const killAt = kills < 10 ? 2 + Math.floor(Math.random() * 14) : -1;
      summary = await runChild(run, killAt);
    }
    expect(summary).toMatchObject({ failures: [], complete: true });
    expect(kills).toBeGreaterThan(5);
    const expected = { ...(operation === 'copy' ? before : {}), ...(await source.bodies()) };
    expect(await destination.bodies()).toEqual(expected);
    // Only an upload whose answer nobody lived to read may be left, and no part was ever sent for it.
    expect(destination.endpoint.world.uploads(bucket).flatMap(({ parts }) => parts)).toEqual([]);
    // Each kill costs at most what every worker had in work, and the batch of deletes.
    const needed = objects + 4 + 1 + 1;
    expect(writes()).toBeLessThanOrEqual(needed + kills * (2 * concurrency + 1));
    expect(await journalsLeft()).toEqual([]);
  });

  test('and looks at no page again that was done', async () => {
    await putMany(source, 100);
    expect(await runChild(options(), 60)).toBeUndefined();
    const summary = await runOperation(options());
    expect(summary.objectsCopied + summary.objectsSkipped).toBeLessThanOrEqual(100 - 50 + 10);
    expect(summary.notes[0]).toMatch(/^continued an interrupted run/);
    expect(Object.keys(await destination.bodies())).toHaveLength(100);
  });

  test('and sends only the parts that are missing', async () => {
    await source.put('large', randomBytes(26 * mebibyte));
    expect(await runChild(options({ concurrency: 1 }), 4)).toBeUndefined();
    const sentBefore = writes();
    expect(await runOperation(options())).toMatchObject({ objectsCopied: 1, failures: [] });
    // Of six parts, all but at most one of those before the kill stay sent; one request completes the upload.
    expect(writes() - sentBefore).toBeLessThanOrEqual(6 - (sentBefore - 1) + 1);
    expect(await destination.bodies()).toEqual(await source.bodies());
    expect(destination.endpoint.world.uploads(bucket)).toEqual([]);
  });

  test('and finds a byte that flipped before the kill, though its part stays sent', async () => {
    const body = randomBytes(26 * mebibyte);
    await source.put('large', body);
    source.proxy.fault = faultOnce(({ headers }) => headers['range']?.includes('bytes=0-') === true, {
      flipByteAt: 9,
    });
    expect(await runChild(options({ concurrency: 1 }), 4)).toBeUndefined();
    expect(destination.endpoint.world.uploads(bucket).flatMap(({ parts }) => parts).length).toBeGreaterThan(0);
    expect(await runOperation(options())).toMatchObject({ objectsCopied: 1, failures: [] });
    expect((await destination.bodies())['large'] === body.toString('latin1')).toBe(true);
    expect(destination.endpoint.world.uploads(bucket)).toEqual([]);
  });

  test('but not with parts of an object that has changed, nor of an upload that the provider dropped', async () => {
    await source.put('large', randomBytes(16 * mebibyte));
    expect(await runChild(options({ concurrency: 1 }), 3)).toBeUndefined();
    await source.put('large', randomBytes(16 * mebibyte));
    expect(await runChild(options({ concurrency: 1 }), 3)).toBeUndefined();
    const { world } = destination.endpoint;
    for (const upload of world.uploads(bucket)) world.abortUpload(bucket, upload);
    expect(await runOperation(options())).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(await destination.bodies()).toEqual(await source.bodies());
  });

  test('and aborts the uploads of all earlier runs, though the object was another one each time', async () => {
    for (let run = 0; run < 2; run += 1) {
      await source.put('large', randomBytes(16 * mebibyte));
      expect(await runChild(options({ concurrency: 1 }), 3)).toBeUndefined();
    }
    expect(destination.endpoint.world.uploads(bucket)).toHaveLength(2);
    await source.put('large', 'small by now');
    expect(await runOperation(options())).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(destination.endpoint.world.uploads(bucket)).toEqual([]);
  });

  test('and aborts the uploads of a run that another one began again instead of it', async () => {
    await source.put('large', randomBytes(16 * mebibyte));
    expect(await runChild(options({ concurrency: 1 }), 3)).toBeUndefined();
    const again = options({ journal: { directory, restart: true } });
    expect(await runOperation(again)).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(destination.endpoint.world.uploads(bucket)).toEqual([]);
  });
});

describe('P2: a run that is told to stop', () => {
  test('finishes what is in work, begins nothing new, and leaves a journal to go on with', async () => {
    await putMany(source, 100);
    await destination.put('old', 'x');
    const draining = new AbortController();
    destination.proxy.fault = (request) => {
      if (request.url.includes('key-0030')) draining.abort();
      return undefined;
    };
    const stopped = await runOperation(options({ operation: 'sync', draining: draining.signal }));
    expect(stopped.failures).toEqual([expect.objectContaining({ key: '', code: 'Interrupted' })]);
    expect(stopped.objectsCopied).toBeLessThan(60);
    expect(Object.keys(await destination.bodies())).toContain('old');
    expect(await journalsLeft()).toHaveLength(1);
    expect(await runOperation(options({ operation: 'sync' }))).toMatchObject({
      objectsCopied: 100 - stopped.objectsCopied,
      objectsSkipped: 0,
      objectsDeleted: 1,
    });
    expect(await destination.bodies()).toEqual(await source.bodies());
  });
});

describe('P1: a journal is refused', () => {
  test('while another run is at work on it, and with other options than it was begun with', async () => {
    await putMany(source, 30);
    const draining = new AbortController();
    let second: unknown;
    destination.proxy.fault = async (request) => {
      if (request.url.includes('key-0005')) {
        second = await runOperation(options()).catch((error: unknown) => error);
        draining.abort();
      }
      return undefined;
    };
    await runOperation(options({ draining: draining.signal }));
    expect(String(second)).toContain(`(process ${process.pid})`);
    destination.proxy.fault = () => undefined;
    await expect(runOperation(options({ update: true }))).rejects.toThrow(/had other options \(update: .*--restart/s);
    expect(await runOperation(options({ update: true, journal: { directory, restart: true } }))).toMatchObject({
      complete: true,
    });
    expect(Object.keys(await destination.bodies())).toHaveLength(30);
  });

  test('never by a dry run, which keeps none', async () => {
    await putMany(source, 3);
    await runOperation(options({ dryRun: true }));
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('X2: what an earlier run found only at the destination', () => {
  test('is not deleted where the source has it by now', async () => {
    await putMany(source, 30);
    await destination.put('key-0002-late', 'late');
    await destination.put('key-0003-old', 'old');
    const draining = new AbortController();
    destination.proxy.fault = (request) => {
      if (request.url.includes('key-0015')) draining.abort();
      return undefined;
    };
    await runOperation(options({ operation: 'sync', draining: draining.signal }));
    await source.put('key-0002-late', 'late');
    expect(await runOperation(options({ operation: 'sync' }))).toMatchObject({ objectsDeleted: 1, failures: [] });
    expect(await destination.bodies()).toEqual(await source.bodies());
  });
});
