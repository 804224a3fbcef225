import fc from 'fast-check';
import { startChecksum, type ChecksumAlgorithm } from '../../engine/checksum.ts';
import { PartwiseChecksum } from '../../engine/partwise-checksum.ts';
import { byteBudget, type ByteBudget } from '../../engine/slots.ts';

const algorithms: readonly ChecksumAlgorithm[] = ['MD5', 'CRC64NVME', 'CRC32', 'CRC32C', 'SHA1', 'SHA256'];
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function whole(budget: ByteBudget, algorithm: ChecksumAlgorithm = 'MD5', signal = new AbortController().signal) {
  return new PartwiseChecksum(algorithm, { budget, signal });
}

function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  const running = startChecksum(algorithm);
  running.update(bytes);
  return running.value();
}

function readThrough(of: PartwiseChecksum, number: number, bytes: Uint8Array): void {
  const reading = of.read(number);
  reading.update(bytes);
  reading.keep();
  reading.end();
}

function expectAllFree(budget: ByteBudget): void {
  expect(budget.take(budget.bytesMax)).toBeUndefined();
}

const anyParts = fc.array(
  fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }), readInVain: fc.boolean(), endsAt: fc.nat() }),
  { minLength: 1, maxLength: 8 },
);

test('the checksum of parts is that of the whole, in whatever order they end and however often they are read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...algorithms), anyParts, async (algorithm, parts) => {
      const budget = byteBudget(1000);
      const checksum = whole(budget, algorithm);
      const numbered = parts.map((part, index) => ({ ...part, number: index + 1 }));
      for (const { number, bytes } of numbered) if (number > 1) await checksum.makeRoom(number, bytes.length);
      for (const { number, bytes, readInVain } of numbered.toSorted((left, right) => left.endsAt - right.endsAt)) {
        if (readInVain) {
          const vain = checksum.read(number);
          vain.update(bytes.subarray(1).map((byte) => byte ^ 1));
          vain.end();
          vain.update(bytes.subarray(0, 1).map((byte) => byte ^ 1));
        }
        readThrough(checksum, number, bytes);
      }
      expect(checksum.value()).toBe(checksumOf(algorithm, Buffer.concat(parts.map(({ bytes }) => bytes))));
      expectAllFree(budget);
    }),
  );
});

test('a part that is being read when its turn comes goes on without memory', async () => {
  const budget = byteBudget(6);
  const checksum = whole(budget);
  await checksum.makeRoom(2, 6);
  const [first, second] = [checksum.read(1), checksum.read(2)];
  second.update(Buffer.from('sec'));
  first.update(Buffer.from('first, '));
  first.keep();
  second.update(Buffer.from('on'));
  expectAllFree(budget);
  // It fails all the same, and is read again.
  second.end();
  const again = checksum.read(2);
  for (const chunk of ['se', 'cond']) again.update(Buffer.from(chunk));
  again.keep();
  expect(checksum.value()).toBe(checksumOf('MD5', Buffer.from('first, second')));
});

describe('memory for parts that are read before their turn', () => {
  const part = Buffer.alloc(10, 'x');

  test('is bounded by the budget, and free again as parts are taken in', async () => {
    const budget = byteBudget(20);
    const checksum = whole(budget);
    await checksum.makeRoom(2, 10);
    await checksum.makeRoom(3, 10);
    let hasRoom = false;
    const room = checksum.makeRoom(4, 10).then(() => (hasRoom = true));
    readThrough(checksum, 3, part);
    readThrough(checksum, 2, part);
    await turn();
    expect(hasRoom).toBe(false);
    readThrough(checksum, 1, part);
    await room;
    expect(checksum.isTurnOf(4)).toBe(true);
    readThrough(checksum, 4, part);
    expectAllFree(budget);
  });

  test('is no reason for two to wait for each other: the part whose turn it is needs none', async () => {
    const budget = byteBudget(20);
    const [left, right] = [whole(budget), whole(budget)];
    await left.makeRoom(2, 10);
    await right.makeRoom(2, 10);
    const rooms = [left.makeRoom(3, 10), right.makeRoom(3, 10)];
    for (const checksum of [left, right]) {
      readThrough(checksum, 2, part);
      readThrough(checksum, 1, part);
    }
    await Promise.all(rooms);
    for (const checksum of [left, right]) readThrough(checksum, 3, part);
    expect(left.value()).toBe(checksumOf('MD5', Buffer.concat([part, part, part])));
    expect(right.value()).toBe(left.value());
    expectAllFree(budget);
  });

  test('is given back where nobody wants the rest, also what is granted only then', async () => {
    const budget = byteBudget(20);
    const stop = new AbortController();
    const checksum = whole(budget, 'MD5', stop.signal);
    const other = whole(budget);
    await checksum.makeRoom(2, 10);
    await other.makeRoom(2, 10);
    const room = checksum.makeRoom(3, 10);
    stop.abort();
    await room;
    checksum.end();
    other.end();
    await turn();
    expectAllFree(budget);
  });
});
