import { setImmediate as nextTurn } from 'node:timers/promises';
import { inBatches } from '../../../engine/threads/batches.ts';

test('what is given in one turn of the event loop is sent as one piece, in its order', async () => {
  const sent: (readonly number[])[] = [];
  const give = inBatches<number>((items) => sent.push(items));
  give(1);
  await Promise.resolve();
  give(2);
  expect(sent).toEqual([]);
  await nextTurn();
  expect(sent).toEqual([[1, 2]]);
  await nextTurn();
  give(3);
  await nextTurn();
  expect(sent).toEqual([[1, 2], [3]]);
});
