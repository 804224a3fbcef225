import { slots, workQueue } from '../../engine/slots.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('slots are never more than their number, and whoever waits longest goes first', async () => {
  const two = slots(2);
  const first = await two.take();
  const second = await two.take();
  const order: string[] = [];
  const third = two.take().then((giveBack) => (order.push('third'), giveBack));
  const fourth = two.take().then((giveBack) => (order.push('fourth'), giveBack));
  await turn();
  expect(order).toEqual([]);
  first();
  (await third)();
  second();
  await fourth;
  expect(order).toEqual(['third', 'fourth']);
});

test('where their number changes, those who wait go when a place is given back', async () => {
  let count = 1;
  const places = slots({ max: () => count });
  const first = await places.take();
  const order: string[] = [];
  const second = places.take().then((giveBack) => (order.push('second'), giveBack));
  const third = places.take().then((giveBack) => (order.push('third'), giveBack));
  count = 2;
  first();
  const [giveSecondBack] = await Promise.all([second, third]);
  expect(order).toEqual(['second', 'third']);
  count = 1;
  giveSecondBack();
  const fourth = places.take().then(() => order.push('fourth'));
  await turn();
  expect(order).toEqual(['second', 'third']);
  (await third)();
  await fourth;
});

test('a changing limit hears when somebody has to wait', async () => {
  let waiting = 0;
  const places = slots({ max: () => 1, full: () => (waiting += 1) });
  const giveBack = await places.take();
  expect(waiting).toBe(0);
  const second = places.take();
  expect(waiting).toBe(1);
  giveBack();
  await second;
});

describe('a work queue', () => {
  test('runs no more at once than it may, and lets nobody run ahead', async () => {
    const queue = workQueue(3);
    let [running, most, added] = [0, 0, 0];
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    };
    for (; added < 20; added += 1) {
      await queue.add(work);
      expect(running).toBeLessThanOrEqual(3);
    }
    await queue.done();
    expect([most, running]).toEqual([3, 0]);
  });

  test('throws what its work threw, when all of it has ended', async () => {
    const queue = workQueue(2);
    let ended = false;
    await queue.add(async () => {
      await turn();
      throw new Error('bug');
    });
    await queue.add(async () => {
      await turn();
      await turn();
      ended = true;
    });
    await expect(queue.done()).rejects.toThrow('bug');
    expect(ended).toBe(true);
    await expect(queue.add(() => Promise.resolve())).rejects.toThrow('bug');
  });
});
