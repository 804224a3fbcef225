import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Outcome, Step } from '../../engine/run-context.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { type BucketSide, startBucketSide } from './bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;
beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

async function run(options: Partial<RunOptions>) {
  const steps: Step[] = [];
  const outcomes: Outcome[] = [];
  const summary = await runOperation({
    operation: 'sync',
    source: source.place(),
    destination: destination.place(),
    deletesMaxPercent: 100,
    tuning: { retryDelayMs: 1, attemptsMax: 2 },
    onStep: (step) => steps.push(step),
    onOutcome: (outcome) => outcomes.push(outcome),
    ...options,
  });
  return { summary, steps, outcomes };
}

const inWords = ({ action, key, because }: Step) => `${action} ${key} ${because}`;
const exclude = (pattern: string) => ({ action: 'exclude', pattern }) as const;

describe('X5: a dry run', () => {
  const anyKey = fc.constantFrom('a', 'a/b', 'a/c.tmp', 'b.tmp', 'c', 'd/e/f', 'é', 'z😀');
  const anySide = fc.uniqueArray(fc.record({ key: anyKey, body: fc.constantFrom('', 'x', 'y', 'xyz') }), {
    selector: ({ key }) => key,
  });

  test('says what the run then does, whatever is on both sides, and does nothing', async () => {
    const property = fc.asyncProperty(anySide, anySide, fc.nat(), fc.boolean(), async (left, right, run_, checksum) => {
      const prefix = `${run_}-${left.length}-${right.length}-${Math.random()}/`;
      for (const { key, body } of left) await source.put(prefix + key, body);
      for (const { key, body } of right) await destination.put(prefix + key, body);
      const places = { source: source.place(prefix), destination: destination.place(prefix) };
      const options = { ...places, checksum, rules: [exclude('*.tmp')] };
      const before = await destination.bodies();
      const dry = await run({ ...options, dryRun: true });
      expect(await destination.bodies()).toEqual(before);
      const real = await run(options);
      expect(dry.steps.map(inWords).sort()).toEqual(real.steps.map(inWords).sort());
      const done = real.outcomes.filter(({ outcome }) => outcome !== 'failed').map(({ key }) => key);
      expect(done.sort()).toEqual(dry.steps.map(({ key }) => key).sort());
      const { objectsCopied, objectsSkipped, objectsDeleted, failuresCount } = real.summary;
      expect(dry.summary).toMatchObject({ objectsCopied, objectsSkipped, objectsDeleted, failuresCount });
    });
    await fc.assert(property, { numRuns: 15 });
  });
});

describe('X3: what a filter leaves out', () => {
  test('is neither copied nor deleted nor counted', async () => {
    for (const key of ['a.txt', 'b.tmp']) await source.put(key, 'new');
    for (const key of ['b.tmp', 'c.tmp', 'd.txt']) await destination.put(key, 'old one');
    const { summary } = await run({ rules: [exclude('*.tmp')] });
    expect(summary).toMatchObject({ objectsCopied: 1, objectsDeleted: 1, objectsSkipped: 0, failures: [] });
    expect(await destination.bodies()).toEqual({ 'a.txt': 'new', 'b.tmp': 'old one', 'c.tmp': 'old one' });
  });

  test('is not deleted where the source has it in a size that is left out', async () => {
    await source.put('a', 'small');
    await source.put('grown', 'a large body');
    await destination.put('grown', 'small');
    expect((await run({ sizeBytesMax: 5 })).summary).toMatchObject({ objectsCopied: 1, objectsDeleted: 0 });
    expect(await destination.bodies()).toEqual({ a: 'small', grown: 'small' });
  });

  test('makes a source of which nothing is left an empty one: nothing is deleted', async () => {
    await source.put('a.tmp', 'x');
    await destination.put('b', 'x');
    const { summary } = await run({ rules: [exclude('*.tmp')] });
    expect(summary.failures).toMatchObject([{ code: 'SourceEmpty' }]);
  });

  test('does not count in the share that may be deleted', async () => {
    await source.put('a', 'x');
    for (const key of ['a', 'b', '1.tmp', '2.tmp', '3.tmp']) await destination.put(key, 'x');
    const { summary } = await run({ rules: [exclude('*.tmp')], deletesMaxPercent: 40 });
    expect(summary.failures).toMatchObject([{ code: 'DeletesMaxPercent' }]);
  });

  test('is no difference to a verify', async () => {
    await source.put('a.tmp', 'x');
    await destination.put('b.tmp', 'x');
    expect((await run({ operation: 'verify', rules: [exclude('*.tmp')] })).summary.differencesCount).toBe(0);
  });
});

describe('O1: with a list of keys', () => {
  test('only those are looked at, in buckets without a listing', async () => {
    for (const key of ['a', 'b', 'c']) await source.put(key, key);
    for (const key of ['d', 'e']) await destination.put(key, key);
    const { summary } = await run({ keys: ['c', 'a', 'd', 'a', 'nowhere'] });
    expect(summary).toMatchObject({ objectsCopied: 2, objectsDeleted: 1, failures: [] });
    expect(Object.keys(await destination.bodies())).toEqual(['a', 'c', 'e']);
  });
});

describe('O1: which of two objects is the right one', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-plan-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A file of the same size as the object, and older: nothing but its bytes tells that it differs. */
  async function olderFile(name: string, text: string): Promise<void> {
    await writeFile(join(directory, name), text);
    await utimes(join(directory, name), new Date(0), new Date(0));
  }
  const up = (options: Partial<RunOptions>) =>
    run({ operation: 'copy', source: { kind: 'directory', path: directory }, ...options });

  test('is told by the bytes with --checksum, and only then', async () => {
    await olderFile('same', 'one');
    await olderFile('other', 'one');
    await destination.put('same', 'one');
    await destination.put('other', 'two');
    expect((await up({})).summary).toMatchObject({ objectsCopied: 0, objectsSkipped: 2 });
    const { summary, steps } = await up({ checksum: true });
    expect(summary).toMatchObject({ objectsCopied: 1, objectsSkipped: 1 });
    expect(steps.map(inWords).sort()).toEqual(['copy other content differs', 'skip same content equal']);
    expect(await destination.bodies()).toEqual({ same: 'one', other: 'one' });
  });

  test('is the source as it is now, where it changes while both are read', async () => {
    await olderFile('a', 'one');
    await destination.put('a', 'two');
    destination.proxy.fault = async ({ method, url }) => {
      if (method === 'GET' && !url.includes('list-type')) await writeFile(join(directory, 'a'), 'three');
      return undefined;
    };
    const { summary } = await up({ checksum: true });
    expect(summary).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(await destination.bodies()).toEqual({ a: 'three' });
  });

  test('is the newer one with --update', async () => {
    await olderFile('a', 'longer than that');
    await destination.put('a', 'short');
    expect((await up({ update: true })).steps.map(inWords)).toEqual(['skip a destination newer']);
    expect((await up({})).steps.map(inWords)).toEqual(['copy a size differs']);
  });
});
