import { join } from 'node:path';
import type { Entry, Store } from '../../../engine/store.ts';
import { dividedTransfers } from '../../../engine/threads/divided-transfers.ts';
import { startThread, type ThreadOptions } from '../../../engine/threads/transfer-thread.ts';
import type { TransferContext } from '../../../engine/transfer-context.ts';
import { byteBudget, slots } from '../../../engine/slots.ts';
import { tuningDefault } from '../../../engine/tuning.ts';
import { type BucketSide, startBucketSide } from '../bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;
beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

function start(options: Partial<ThreadOptions> = {}) {
  const places = { source: source.place(), destination: destination.place() };
  return startThread({ places, tuning: tuningDefault, reading: {}, context: {}, ...options });
}

function entryOf(key: string, sizeBytes: number): Entry {
  const entityTag = source.entityTagOf(key);
  return { key, sizeBytes, modifiedAt: new Date(), ...(entityTag === undefined ? {} : { entityTag }) };
}

describe('a thread', () => {
  test.each([
    ['ending-thread.ts', 'a thread of the run ended before its work', ''],
    ['failing-thread.ts', 'a thread of the run failed', 'nobody caught this'],
    ['no-such-file.ts', 'a thread of the run failed', 'no-such-file.ts'],
  ])('that dies fails what it has, and whatever comes later: %s', async (file, message, cause) => {
    const thread = start({ file: join(import.meta.dirname, file) });
    const given = [thread.transfer(entryOf('a', 1)), thread.transfer(entryOf('b', 1))];
    for (const job of await Promise.allSettled(given)) {
      expect(job).toMatchObject({ status: 'rejected', reason: { message } });
      const { cause: found } = (job as PromiseRejectedResult).reason as { cause?: Error };
      expect(found?.message ?? '').toContain(cause);
    }
    expect(thread.inWork).toBe(0);
    await expect(thread.transfer(entryOf('c', 1))).rejects.toMatchObject({ message });
    await thread.end();
  });

  test('hands its bugs over as what they are, not as failures of an object', async () => {
    await source.put('a', 'a');
    const thread = start();
    const given = [thread.transfer(null as unknown as Entry), thread.transfer(entryOf('a', 1))];
    expect(thread.inWork).toBe(2);
    expect(await Promise.allSettled(given)).toEqual([
      {
        status: 'rejected',
        reason: expect.objectContaining({
          name: 'Error',
          stack: expect.stringContaining('TypeError') as string,
        }) as Error,
      },
      { status: 'fulfilled', value: { outcome: 'copied', bytes: 1 } },
    ]);
    expect(thread.inWork).toBe(0);
    await thread.end();
  });

  test('begins nothing where the run was stopped before it came to be', async () => {
    const thread = start({ context: { signal: AbortSignal.abort(new Error('stopped by the test')) } });
    await expect(thread.transfer(entryOf('a', 1))).rejects.toThrow('stopped by the test');
    await thread.end();
    expect(source.proxy.requests).toEqual([]);
  });

  test('is over when it was ended, whatever it was at', async () => {
    await source.put('a', 'a');
    const isAsked = new Promise<void>((resolve) => {
      source.proxy.fault = () => {
        resolve();
        return { stall: true };
      };
    });
    const thread = start();
    const given = expect(thread.transfer(entryOf('a', 1))).rejects.toThrow('ended before its work');
    await isAsked;
    await thread.end();
    await given;
  });
});

describe('transfers are divided', () => {
  const refuse = (): never => {
    throw new Error('the main thread used its own store');
  };
  const unused = { hasDirectories: false, describe: refuse, read: refuse, readWhole: refuse, startParts: refuse };

  function context(): TransferContext {
    const buffers = byteBudget(tuningDefault.bufferedBytesInFlightMax);
    return {
      source: unused as unknown as Store,
      destination: unused as unknown as Store,
      tuning: { ...tuningDefault, multipartBytesMin: 3, attemptsMax: 1 },
      objectsAtOnce: { max: () => 1 },
      partSlots: slots(1),
      buffers,
      partBuffers: buffers,
    };
  }

  function divided(options: { threads: number; afterObjects: number }) {
    const placeFor = { source: () => source.place(), destination: () => destination.place() };
    return dividedTransfers(context(), { ...options, placeFor, reading: {} });
  }

  test('what goes in one piece is copied by threads, what goes in parts by the main thread', async () => {
    for (const key of ['a', 'b', 'c']) await source.put(key, key);
    const transfers = divided({ threads: 2, afterObjects: 0 });
    const small = ['a', 'b', 'c'].map((key) => transfers.transfer(entryOf(key, 1)));
    await expect(transfers.transfer(entryOf('large', 3))).rejects.toThrow('the main thread used its own store');
    expect(await Promise.all(small)).toEqual(small.map(() => ({ outcome: 'copied', bytes: 1 })));
    await transfers.end();
    expect(await destination.bodies()).toEqual(await source.bodies());
  });

  test('the first ones are copied by the main thread, so that a short run starts none', async () => {
    await source.put('b', 'b');
    const transfers = divided({ threads: 1, afterObjects: 1 });
    await expect(transfers.transfer(entryOf('a', 1))).rejects.toThrow('the main thread used its own store');
    expect(await transfers.transfer(entryOf('b', 1))).toEqual({ outcome: 'copied', bytes: 1 });
    await transfers.end();
  });

  test('without threads everything is copied by the main thread', async () => {
    const transfers = divided({ threads: 0, afterObjects: 0 });
    await expect(transfers.transfer(entryOf('a', 1))).rejects.toThrow('the main thread used its own store');
    await transfers.end();
  });
});
