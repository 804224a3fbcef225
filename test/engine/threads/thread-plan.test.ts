import type { Place } from '../../../engine/place.ts';
import { planThreads, threadsFor, tuningOfThread } from '../../../engine/threads/thread-plan.ts';
import { tuningDefault } from '../../../engine/tuning.ts';

describe('a run starts as many threads as there are cores that nobody uses, its own excepted', () => {
  test.each([
    { availableCores: 1, loadAverage: 0, threads: 0, because: 'there is no other core' },
    { availableCores: 2, loadAverage: 0, threads: 0, because: 'one thread alone gains little' },
    { availableCores: 3, loadAverage: 0.4, threads: 2, because: 'two cores are free' },
    { availableCores: 4, loadAverage: 0, threads: 3, because: 'three cores are free' },
    { availableCores: 4, loadAverage: 1.5, threads: 0, because: 'others use two' },
    { availableCores: 8, loadAverage: 3.2, threads: 4, because: 'four cores are free' },
    { availableCores: 64, loadAverage: 0, threads: 4, because: 'more are seldom of use' },
    { availableCores: 4, loadAverage: 20, threads: 0, because: 'others use more than there is' },
  ])('$threads of $availableCores cores at a load of $loadAverage: $because', ({ threads, ...machine }) => {
    expect(threadsFor(machine)).toBe(threads);
  });
});

describe('a run is planned', () => {
  const directory: Place = { kind: 'directory', path: '/tmp/a' };
  const bucketAt = (provider: 'aws' | 'b2'): Place => ({
    kind: 'bucket',
    provider,
    endpoint: 'http://127.0.0.1:1',
    region: 'eu-west-1',
    bucket: 'b',
    prefix: '',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
  });
  const places = { source: bucketAt('aws'), destination: directory };
  const machine = { availableCores: 8, loadAverage: 0 };

  test('with the threads that were asked for, from the first object on', () => {
    expect(planThreads({ ...places, threads: 7 }, machine)).toEqual({ threads: 7, afterObjects: 0 });
    expect(planThreads({ ...places, threads: 0 }, machine)).toMatchObject({ threads: 0 });
  });

  test('with those that the machine has room for, once it has copied so much that their start is worth it', () => {
    const { threads, afterObjects } = planThreads(places, machine);
    expect(threads).toBe(4);
    expect(afterObjects).toBeGreaterThan(1000);
    expect(planThreads(places, { availableCores: 2, loadAverage: 0 })).toMatchObject({ threads: 0 });
  });

  test.each([
    ['a limit on requests', { tpsLimit: 50 }],
    ['a limit on bytes', { bandwidthLimit: 1000 }],
    ['a limit on an account', { source: bucketAt('b2') }],
    ['a limit on an account', { destination: bucketAt('b2') }],
    ['a provider that copies by itself', { destination: bucketAt('aws'), serverSide: true }],
  ])('without threads where only one can hold to %s', (_, options) => {
    expect(planThreads({ ...places, ...options }, machine)).toEqual({ threads: 0, afterObjects: 0 });
    const asked = planThreads({ ...places, ...options, threads: 2 }, machine);
    expect(asked).toMatchObject({
      threads: 0,
      note: expect.stringMatching(/^no threads were started, for /) as string,
    });
  });
});

test('threads together use what one would, and each can do something', () => {
  const { concurrency, requestsAtFirst, bufferedBytesInFlightMax } = tuningOfThread(tuningDefault, 4);
  expect(4 * concurrency).toBe(tuningDefault.concurrency);
  expect(4 * requestsAtFirst).toBe(tuningDefault.requestsAtFirst);
  expect(4 * bufferedBytesInFlightMax).toBe(tuningDefault.bufferedBytesInFlightMax);
  expect(tuningOfThread({ ...tuningDefault, concurrency: 1, requestsAtFirst: 1 }, 3)).toMatchObject({
    concurrency: 1,
    requestsAtFirst: 1,
  });
});
