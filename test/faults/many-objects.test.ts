import { randomBytes } from 'node:crypto';
import { runOperation } from '../../engine/run.ts';
import { type BucketSide, startBucketSide } from '../engine/bucket-side.ts';
import type { Fault, ProxiedRequest } from '../engine/fault-proxy.ts';
import { dice, thorough } from './dice.ts';
import { snapshot, violations } from './oracle.ts';
import { asks, errorAnswer } from './scenarios.ts';
import { acknowledgedWrites, tuning } from './sides.ts';

jest.setTimeout(thorough ? 30 * 60_000 : 120_000);

const objects = thorough ? 100_000 : 1_000;
/** 5 % of all requests. */
const oneIn = 20;

const anywhere: readonly Fault[] = [
  errorAnswer(503, 'SlowDown'),
  errorAnswer(503, 'SlowDown', { 'retry-after': '0' }),
  errorAnswer(500, 'InternalError'),
  errorAnswer(429, 'TooManyRequests'),
  { reset: 'unserved' },
  { reset: 'served' },
  { thenClosed: true },
];
const onBodies: readonly Fault[] = [{ cutAfter: 10, then: 'reset' }, { shortenTo: 10 }, { flipByteAt: 10 }];

let source: BucketSide;
let destination: BucketSide;
beforeEach(async () => void ([source, destination] = await Promise.all([startBucketSide(), startBucketSide()])));
afterEach(() => Promise.all([source.close(), destination.close()]));

test(`T1 T2 T3 T5 T6 T9 T13 a copy of ${objects} objects with 5 % random faults ends with no failure and equal hashes`, async () => {
  for (let index = 0; index < objects; index += 1) {
    await source.put(`${index % 100}/${index}`, randomBytes(32 + (index % 200)));
  }
  const chance = dice(5);
  let spoiled = 0;
  const misbehave = (request: ProxiedRequest): Fault | undefined => {
    if (!chance.oneIn(oneIn)) return undefined;
    spoiled += 1;
    const faults = asks.object(request) ? [...anywhere, ...onBodies] : anywhere;
    return faults[chance.between(0, faults.length)];
  };
  source.proxy.fault = misbehave;
  destination.proxy.fault = misbehave;

  const summary = await runOperation({
    operation: 'copy',
    source: source.place(),
    destination: destination.place(),
    tuning: { ...tuning, concurrency: 64 },
  });

  expect(summary).toMatchObject({ objectsCopied: objects, failures: [], complete: true });
  const [before, after] = [await snapshot(source), await snapshot(destination)];
  expect(after).toEqual(before);
  const acknowledged = acknowledgedWrites(destination);
  expect(
    violations({
      operation: 'copy',
      source: [before],
      destination: { before: new Map(), after },
      acknowledged,
      summary,
    }),
  ).toEqual([]);
  expect(spoiled).toBeGreaterThan(objects / 20);
});
