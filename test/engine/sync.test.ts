import { runOperation, type RunOptions } from '../../engine/run.ts';
import type { Step } from '../../engine/run-context.ts';
import { faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

function sync(options: Partial<RunOptions> = {}) {
  return runOperation({
    operation: 'sync',
    source: source.place(),
    destination: destination.place(),
    deletesMax: 100,
    deletesMaxPercent: 100,
    tuning: { retryDelayMs: 1, attemptsMax: 2 },
    ...options,
  });
}

async function putAll(side: BucketSide, keys: readonly string[]): Promise<void> {
  for (const key of keys) await side.put(key, key);
}

async function keysThere(): Promise<string[]> {
  return Object.keys(await destination.bodies());
}

const internalError = { answer: 500, body: '<Error><Code>InternalError</Code><Message>oops</Message></Error>' };
const accessDenied = { answer: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' };

describe('O1: sync makes the destination equal', () => {
  test('by copying what differs and then deleting what only the destination has', async () => {
    await putAll(source, ['a', 'b', 'c']);
    await putAll(destination, ['b', 'old', 'older']);
    expect(await sync()).toMatchObject({ objectsCopied: 2, objectsSkipped: 1, objectsDeleted: 2, complete: true });
    expect(await destination.bodies()).toEqual(await source.bodies());
  });

  test('whatever the keys that go', async () => {
    const odd = ['a/../b', '//', 'tail/', '\u0001', 'cr\r', '&<>"\'', ' sp ', '%2F', '+', '😀', '\ue000', 'é'];
    await putAll(source, ['keep', 'b']);
    await putAll(destination, ['keep', ...odd]);
    expect(await sync()).toMatchObject({ objectsDeleted: odd.length, failures: [] });
    expect(await keysThere()).toEqual(['b', 'keep']);
  });

  test('without leaving its prefix or touching canaries', async () => {
    await putAll(source, ['a']);
    await putAll(destination, ['to/old', 'to-other/kept', 'kept', 'to/.sluice-canary/1/kept']);
    expect(await sync({ destination: destination.place('to/') })).toMatchObject({ objectsDeleted: 1 });
    expect(await keysThere()).toEqual(['kept', 'to-other/kept', 'to/.sluice-canary/1/kept', 'to/a']);
  });

  test('in batches of a thousand', async () => {
    await putAll(source, ['a']);
    await putAll(
      destination,
      Array.from({ length: 1_001 }, (_, index) => `old${index}`),
    );
    expect(await sync({ deletesMax: 2_000 })).toMatchObject({ objectsDeleted: 1_001, complete: true });
    const deletes = destination.proxy.requests.filter(({ url }) => url.includes('?delete='));
    expect(deletes).toHaveLength(2);
  });
});

describe('sync deletes nothing at all where', () => {
  async function expectNothingDeleted(options: Partial<RunOptions>, code: string): Promise<void> {
    const before = await keysThere();
    const summary = await sync(options);
    expect(summary).toMatchObject({ objectsDeleted: 0, complete: false });
    expect(summary.failures.at(-1)).toMatchObject({ key: '', code });
    expect(await keysThere()).toEqual(expect.arrayContaining(before));
    expect(destination.proxy.requests.some(({ url, method }) => url.includes('delete') || method === 'DELETE')).toBe(
      false,
    );
  }

  test('the source is empty, as with a wrong prefix', async () => {
    await putAll(destination, ['a', 'b']);
    await expectNothingDeleted({}, 'SourceEmpty');
  });

  test('there would be more deletes than deletesMax', async () => {
    await putAll(source, ['a']);
    await putAll(destination, ['a', 'x', 'y', 'z']);
    await expectNothingDeleted({ deletesMax: 2 }, 'DeletesMax');
  });

  test('they would be a greater share of the destination than deletesMaxPercent', async () => {
    await putAll(source, ['a', 'b', 'c']);
    await putAll(destination, ['a', 'b', 'c', 'x']);
    await expectNothingDeleted({ deletesMaxPercent: 24 }, 'DeletesMaxPercent');
  });

  test('an object could not be copied', async () => {
    await putAll(source, ['a', 'b']);
    await putAll(destination, ['old']);
    destination.proxy.fault = ({ method, url }) => (method === 'PUT' && url.endsWith('/b') ? accessDenied : undefined);
    await expectNothingDeleted({}, 'EarlierFailures');
  });

  test.each(['source', 'destination'] as const)('the listing of the %s fails on its second page', async (side) => {
    const same = Array.from({ length: 1_010 }, (_, index) => `k${index}`);
    await putAll(source, [...same, 'z-new']);
    await putAll(destination, [...same, 'a-old', 'z-old']);
    const failing = { source, destination }[side];
    failing.proxy.fault = ({ url }) => (url.includes('continuation-token') ? internalError : undefined);
    await expectNothingDeleted({}, 'InternalError');
  });
});

describe('sync deletes', () => {
  test('X4: again what the provider did not delete for a reason that passes, and tells what it refused for good', async () => {
    await putAll(source, ['a']);
    await putAll(destination, ['a', 'old', 'older', 'oldest']);
    const { prefix } = destination.place();
    const refused = (key: string, code: string) => `<Error><Key>${prefix}${key}</Key><Code>${code}</Code></Error>`;
    const errors = [refused('old', 'InternalError'), refused('older', 'SlowDown'), refused('oldest', 'AccessDenied')];
    const answer = { answer: 200, body: `<DeleteResult>${errors.join('')}</DeleteResult>` };
    destination.proxy.fault = faultOnce(({ url }) => url.includes('?delete'), answer);
    expect(await sync()).toMatchObject({ objectsDeleted: 2, failures: [{ key: 'oldest', code: 'AccessDenied' }] });
    expect(await keysThere()).toEqual(['a', 'oldest']);
  });

  test('exactly as much as its limits allow', async () => {
    await putAll(source, ['a', 'b', 'c']);
    await putAll(destination, ['a', 'b', 'c', 'x']);
    expect(await sync({ deletesMax: 1, deletesMaxPercent: 25 })).toMatchObject({ objectsDeleted: 1, complete: true });
  });

  test('nothing in a dry run, but counts it', async () => {
    await putAll(source, ['a']);
    await putAll(destination, ['a', 'old']);
    const steps: Step[] = [];
    expect(await sync({ dryRun: true, onStep: (step) => steps.push(step) })).toMatchObject({ objectsDeleted: 1 });
    expect(await keysThere()).toEqual(['a', 'old']);
    expect(steps.at(-1)).toEqual({ action: 'delete', key: 'old', because: 'only at the destination' });
  });

  test('the rest where single keys of a batch are refused, and names those', async () => {
    const limited = await startBucketSide({
      allows: ({ operation, key }) => operation !== 'DeleteObjects' || key !== 'locked',
    });
    await putAll(source, ['a']);
    await putAll(limited, ['a', 'locked', 'old']);
    const summary = await sync({ destination: limited.place() });
    expect(summary).toMatchObject({ objectsDeleted: 1, complete: false });
    expect(summary.failures).toMatchObject([{ key: 'locked', code: 'AccessDenied' }]);
    expect(Object.keys(await limited.bodies())).toEqual(['a', 'locked']);
    await limited.close();
  });

  test('nothing where the credential may not, and names every key', async () => {
    await putAll(source, ['a']);
    await putAll(destination, ['a', 'x', 'y']);
    destination.proxy.fault = ({ url }) => (url.includes('delete') ? accessDenied : undefined);
    const summary = await sync();
    expect(summary.failures.map(({ key }) => key)).toEqual(['x', 'y']);
    expect(summary).toMatchObject({ objectsDeleted: 0, complete: false });
  });
});
