import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { bucketStore } from '../../engine/bucket-store.ts';
import { runOperation } from '../../engine/run.ts';
import { tuningDefault } from '../../engine/tuning.ts';
import { r2Administrator } from '../support/administrator-clients.ts';
import { checkout, startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(240_000);

const objects = 2_000;
const names = Array.from({ length: objects }, (_, index) => `${index}`);
/** Each object takes two: enough of the run is left after whatever this test waits for. */
const requestsPerSecond = 250;

const eventSchema = z.looseObject({ event: z.string(), outcome: z.string().optional() });

let sandbox: TestSandbox;
let directory: string;

beforeAll(async () => {
  sandbox = await startTestSandbox();
  directory = await mkdtemp(join(tmpdir(), 'sluice-long-runs-'));
  await sandbox.must('up', '--no-post-deploy');
  await putObjects();
});
afterAll(async () => {
  await sandbox.dispose();
  await rm(directory, { recursive: true, force: true });
});

/** At the source of the dev stack's migration, by the administrator. */
async function putObjects(): Promise<void> {
  const files = join(directory, 'files');
  await mkdir(files);
  for (const name of names) await writeFile(join(files, name), `body ${name}`);
  const { endpoint, region, accessKeyId, secretAccessKey } = sandbox.status.aws;
  const { failures } = await runOperation({
    operation: 'copy',
    source: { kind: 'directory', path: files },
    destination: {
      ...{ kind: 'bucket', provider: 'aws', endpoint, region, bucket: 'media-prod', prefix: 'uploads/data/' },
      credentials: { accessKeyId, secretAccessKey },
    },
  });
  expect(failures).toEqual([]);
}

/** The command line as a user starts it, to be watched and signalled while it runs. */
function start(...words: string[]) {
  const child = spawn(process.execPath, [join(checkout, 'scripts/sluice.ts'), ...words], {
    cwd: checkout,
    env: {
      ...process.env,
      SLUICE_SANDBOX_DIRECTORY: sandbox.directory,
      SLUICE_STACK_DIRECTORY: join(sandbox.directory, 'stacks'),
      SLUICE_JOURNAL_DIRECTORY: join(directory, 'journals'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, told] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  const ended = once(child, 'close').then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    stdout: printed,
    stderr: told,
  }));
  return { child, ended };
}

/** Tells the sandbox, as a user does; see docs/sandbox.md. */
async function misbehave(rules: readonly object[]): Promise<void> {
  const answer = await fetch(`${sandbox.status.control.url}/misbehaviours`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rules }),
  });
  expect(answer.status).toBe(200);
}

/** How many of them the destination has. */
async function copiedSoFar(): Promise<number> {
  const client = r2Administrator(sandbox.status);
  let found = 0;
  for await (const page of paginateListObjectsV2({ client }, { Bucket: 'media', Prefix: 'uploads/data/' })) {
    found += page.KeyCount ?? 0;
  }
  client.destroy();
  return found;
}

const summarySchema = z.looseObject({ objectsCopied: z.number(), notes: z.array(z.string()) });
const reportSchema = z.looseObject({
  interrupted: z.boolean(),
  migrations: z.tuple([z.looseObject({ operation: summarySchema, verify: summarySchema.optional() })]),
});

describe('P2: a post-deploy that is interrupted', () => {
  /** In the order of keys they come last. */
  const slowNames = ['5', '6', '7', '8', '9'];

  test('finishes what is in work, and the next one goes on from there', async () => {
    // The last quarter is slow, so that the end is far when the signal comes; a page of the listing is done by then.
    const slow = { kind: 'latency', delayMs: 5_000 };
    const where = { endpoints: ['r2Default'], operations: ['PutObject'] };
    await misbehave(slowNames.map((first) => ({ fault: slow, ...where, keys: `uploads/data/${first}*` })));
    const interrupted = start('post-deploy', '--json');
    await Promise.race([quickCopied(), interrupted.ended]);
    interrupted.child.kill('SIGINT');
    const first = await interrupted.ended;
    await misbehave([]);
    expect(first).toMatchObject({ exitCode: 130 });
    const before = reportSchema.parse(JSON.parse(first.stdout));
    const copiedBefore = before.migrations[0].operation.objectsCopied;
    expect(before.interrupted).toBe(true);
    expect(copiedBefore).toBeGreaterThan(1_000);
    expect(copiedBefore).toBeLessThan(objects);

    const second = await start('post-deploy', '--json').ended;
    expect(second).toMatchObject({ exitCode: 0 });
    const after = reportSchema.parse(JSON.parse(second.stdout));
    const [{ operation, verify }] = after.migrations;
    expect(after.interrupted).toBe(false);
    expect(operation.notes[0]).toMatch(/^continued an interrupted run/);
    expect(copiedBefore + operation.objectsCopied).toBe(objects);
    expect(verify).toMatchObject({ differencesCount: 0, failuresCount: 0 });
  });

  async function quickCopied(): Promise<void> {
    const quick = names.filter((name) => !slowNames.some((first) => name.startsWith(first))).length;
    while ((await copiedSoFar()) < quick) await pause(100);
  }
});

describe('O8, R8: a copy whose credentials are rotated while it goes on', () => {
  test('fails with no object, though the keys it began with are dead before its end', async () => {
    await emptyDestination();
    const copy = start('copy', 'media', '--events', '--no-journal', '--tps-limit', `${requestsPerSecond}`);
    const copied = copiedEvents(copy.child.stdout);
    // Whatever a deploy takes, the copy does not get on meanwhile.
    await copied.reach(100);
    copy.child.kill('SIGSTOP');
    await rotate();
    copy.child.kill('SIGCONT');
    await copied.reach(copied.count() + 100);
    copy.child.kill('SIGSTOP');
    await rotate();
    expect((await sandbox.credentials()).migrations['media']?.source?.previous).toBeUndefined();
    expect(await copiedSoFar()).toBeLessThan(objects);
    copy.child.kill('SIGCONT');
    expect(await copy.ended).toMatchObject({ exitCode: 0 });
    expect(copied.count()).toBe(objects);
    expect(await copiedSoFar()).toBe(objects);
  });

  async function rotate(): Promise<void> {
    await sandbox.must('rotate');
    await sandbox.must('up', '--no-post-deploy');
  }

  /** Counts what the command says that it has copied. */
  function copiedEvents(stdout: Readable) {
    let count = 0;
    const waiting = new Set<{ from: number; resolve: () => void }>();
    createInterface(stdout).on('line', (line) => {
      const { event, outcome } = eventSchema.parse(JSON.parse(line));
      if (event === 'object' && outcome === 'copied') count += 1;
      for (const { from, resolve } of waiting) if (count >= from) resolve();
    });
    return {
      count: () => count,
      reach: (from: number) => new Promise<void>((resolve) => waiting.add({ from, resolve })),
    };
  }

  /** By the administrator, for the migration's own credential deletes nothing. */
  async function emptyDestination(): Promise<void> {
    const { endpoints, accessKeyId, secretAccessKey } = sandbox.status.r2;
    const place = { kind: 'bucket', provider: 'r2', endpoint: endpoints.default, region: 'auto' } as const;
    const store = bucketStore(
      { ...place, bucket: 'media', prefix: 'uploads/data/', credentials: { accessKeyId, secretAccessKey } },
      { retry: tuningDefault },
    );
    expect(await store.delete(names)).toEqual([]);
  }
});
