import { randomBytes } from 'node:crypto';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { bucket, type BucketSide, startBucketSide } from './bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;
beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

/** Each is more than what a connection holds of a body that nobody reads. */
const largeBytes = 12 * 1024 * 1024;

function run(options: Partial<RunOptions>) {
  return runOperation({
    operation: 'copy',
    source: source.place(),
    destination: destination.place(),
    concurrency: 1,
    tuning: { retryDelayMs: 1 },
    ...options,
  });
}

describe('a request that is held open while another one is needed', () => {
  test('does not keep it waiting for ever: the tags of an object whose body has come but is not read', async () => {
    for (const key of ['first', 'second']) {
      await source.put(key, randomBytes(largeBytes));
      const object = source.endpoint.world.object(bucket, key);
      if (object !== undefined) source.endpoint.world.amend(bucket, object, { tags: { a: 'b' } });
    }
    expect(await run({ tags: true })).toMatchObject({ objectsCopied: 2, failures: [] });
    expect(destination.endpoint.world.object(bucket, 'second')?.tags).toEqual({ a: 'b' });
  }, 20_000);
});
