import { openObjectStore } from '../../../sandbox/store/store.ts';

/** Puts objects of growing number, saying each once it is acknowledged, until somebody kills it. */
const [, , directory = ''] = process.argv;
const world = await (await openObjectStore(directory)).world('aws');
await world.createBucket('b', {});

async function* body(text: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(text));
}

for (let number = 0; ; number += 1) {
  const key = `key-${number}`;
  // Every tenth is too large for the file of small bodies.
  const text = number % 10 === 0 ? key.repeat(20_000) : key;
  world.put('b', key, await world.receive('b', body(text)), { headers: {} });
  process.stdout.write(`${number}\n`);
}
