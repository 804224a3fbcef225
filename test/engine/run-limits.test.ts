import { runOperation } from '../../engine/run.ts';
import { startBucketSide, type BucketSide } from './bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;

beforeAll(async () => {
  source = await startBucketSide();
  destination = await startBucketSide();
  for (let index = 0; index < 20; index += 1) await source.put(`small/${index}`, 'x'.repeat(1000));
  await source.put('large/a', 'y'.repeat(3_000_000));
});
afterAll(async () => {
  await source.close();
  await destination.close();
});

async function copy(prefix: string, options: { tpsLimit?: number; bandwidthLimit?: number; concurrency?: number }) {
  const places = { source: source.place(prefix), destination: destination.place(prefix) };
  const summary = await runOperation({ operation: 'copy', ...places, ...options });
  expect(summary).toMatchObject({ complete: true, failuresCount: 0 });
  return summary;
}

test('a run with a limit on requests a second keeps to it, on both sides together', async () => {
  const summary = await copy('small/', { tpsLimit: 50 });
  expect(summary.objectsCopied).toBe(20);
  // 42 requests at 50 a second, but for the first burst.
  expect(summary.seconds).toBeGreaterThanOrEqual(0.55);
});

test('a run with a bandwidth keeps to it', async () => {
  const summary = await copy('large/', { bandwidthLimit: 4_000_000 });
  expect(summary.bytesCopied).toBe(3_000_000);
  expect(summary.seconds).toBeGreaterThanOrEqual(0.5);
  const [[, body] = []] = Object.entries(await destination.bodies()).filter(([key]) => key === 'large/a');
  expect(body).toHaveLength(3_000_000);
});

test('a run of one object at once still copies everything', async () => {
  expect((await copy('', { concurrency: 1 })).failuresCount).toBe(0);
});
