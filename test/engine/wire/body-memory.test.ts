import { bodyMemory } from '../../../engine/wire/body-memory.ts';

test('memory that was given back is used again, for any body that it is large enough for and that is not far smaller', () => {
  const memory = bodyMemory();
  const first = memory.take(5000);
  const second = memory.take(5000);
  expect(second.buffer).not.toBe(first.buffer);
  memory.giveBack(first);
  expect(memory.take(4000).buffer).not.toBe(first.buffer);
  const third = memory.take(8192);
  expect([third.buffer === first.buffer, third.length]).toEqual([true, 8192]);
});

test('what it did not make is left alone: somebody else may still look at it', () => {
  const memory = bodyMemory();
  const foreign = Buffer.from('a part of memory that Node shares among many');
  memory.giveBack(foreign);
  expect(memory.take(foreign.length).buffer).not.toBe(foreign.buffer);
});

test('large bodies have memory of their own, each time', () => {
  const memory = bodyMemory();
  const large = memory.take(1_000_000);
  memory.giveBack(large);
  expect(memory.take(1_000_000).buffer).not.toBe(large.buffer);
});
