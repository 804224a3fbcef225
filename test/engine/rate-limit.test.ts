import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pacedStore } from '../../engine/paced-store.ts';
import { rateLimit } from '../../engine/rate-limit.ts';
import { retrying } from '../../engine/retry.ts';
import { budgetWithin, byteBudget } from '../../engine/slots.ts';
import type { Entry, Store } from '../../engine/store.ts';
import { tuningDefault } from '../../engine/tuning.ts';

/** For how long 20 that are taken one after the other make the last one wait. */
async function millisecondsOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

test('a rate lets a short burst pass and then so many a second', async () => {
  const limit = rateLimit(100);
  const passed = await millisecondsOf(async () => {
    for (let taken = 0; taken < 60; taken += 1) await limit.take(1);
  });
  // 60 at 100 a second take 600 ms, but for the burst of 200 ms.
  expect(passed).toBeGreaterThanOrEqual(350);
});

test('an idle time earns no more than the burst', () => {
  let time = 0;
  const limit = rateLimit(10, () => time);
  time = 3_600_000;
  const taken = [1, 2, 3, 4].map(() => limit.take(1));
  expect(taken.filter((turn) => turn === undefined)).toHaveLength(3);
  // Nobody waits for the fourth: the clock stands still here.
  time = 3_700_000;
});

test('whoever takes more than there is goes at once, and the next waits for it', () => {
  let time = 0;
  const limit = rateLimit(1000, () => time);
  expect(limit.take(5000)).toBeUndefined();
  time = 4700;
  const early = limit.take(1);
  expect(early).toBeInstanceOf(Promise);
  time = 4900;
  expect(limit.take(1)).toBeUndefined();
});

test('a stopped attempt waits no longer than a moment', async () => {
  const limit = rateLimit(0.001);
  await limit.take(1);
  const controller = new AbortController();
  const waiting = retrying(tuningDefault, async (attempt) => limit.take(1, attempt), controller.signal);
  controller.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});

describe('a store with a bandwidth', () => {
  const entry: Entry = { key: 'a', sizeBytes: 50_000, modifiedAt: new Date(0) };
  const whole = Buffer.alloc(entry.sizeBytes, 'x');

  function storeOf(body: Readable): Store {
    const store: Pick<Store, 'read' | 'readWhole'> = {
      read: () => Promise.resolve({ headers: {}, body }),
      readWhole: () => Promise.resolve({ headers: {}, body: whole }),
    };
    return store as Store;
  }

  test('reads no faster, by streams and by whole bodies, and loses no byte', async () => {
    const chunks = Array.from({ length: 50 }, (_, index) => whole.subarray(index * 1000, (index + 1) * 1000));
    const store = pacedStore(storeOf(Readable.from(chunks, { objectMode: false })), rateLimit(100_000));
    let read: Buffer | undefined;
    const passed = await millisecondsOf(async () => {
      read = await retrying(tuningDefault, async (attempt) => buffer((await store.read(entry, attempt)).body));
      await retrying(tuningDefault, async (attempt) => store.readWhole(entry, attempt));
    });
    expect(read?.equals(whole)).toBe(true);
    expect(passed).toBeGreaterThanOrEqual(250);
  });

  test('lets go of a body that is given up before it was read', async () => {
    const body = new Readable({ read: () => undefined });
    const store = pacedStore(storeOf(body), rateLimit(1));
    const content = await retrying(tuningDefault, (attempt) => store.read(entry, attempt));
    const closed = new Promise((resolve) => body.once('close', resolve));
    content.body.destroy();
    await closed;
  });
});

test('a budget of bytes is never exceeded, and what is larger than all of it waits for all of it', async () => {
  const budget = byteBudget(100);
  expect([budget.take(60), budget.take(40)]).toEqual([undefined, undefined]);
  const order: string[] = [];
  const large = budget.take(1000)?.then(() => order.push('large'));
  const small = budget.take(1)?.then(() => order.push('small'));
  budget.giveBack(60);
  await Promise.resolve();
  expect(order).toEqual([]);
  budget.giveBack(40);
  await large;
  expect(order).toEqual(['large']);
  budget.giveBack(1000);
  await small;
});

test('a budget within another takes its bytes out of that one, and never all of them', async () => {
  const outer = byteBudget(100);
  const inner = budgetWithin(outer, 60);
  expect(inner.take(60)).toBeUndefined();
  const more = inner.take(30);
  expect(outer.take(40)).toBeUndefined();
  inner.giveBack(60);
  await more;
  expect(outer.take(30)).toBeUndefined();
  expect(outer.take(1)).toBeDefined();
});
