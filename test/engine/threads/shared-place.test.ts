import type { AccessKeys, BucketPlace, Place } from '../../../engine/place.ts';
import { sharedPlace } from '../../../engine/threads/shared-place.ts';
import { tuningDefault } from '../../../engine/tuning.ts';

const retry = { ...tuningDefault, retryDelayMs: 1 };

const keysOf = (generation: number): AccessKeys => ({ accessKeyId: `id-${generation}`, secretAccessKey: 'a' });

/** A place whose credentials are new each time they are read. */
function renewable(): { place: BucketPlace; counts: { readings: number } } {
  const counts = { readings: 0 };
  const place: BucketPlace = {
    kind: 'bucket',
    provider: 'aws',
    endpoint: 'http://127.0.0.1:1',
    region: 'eu-west-1',
    bucket: 'b',
    prefix: '',
    credentials: keysOf(0),
    async renewCredentials() {
      counts.readings += 1;
      await Promise.resolve();
      return keysOf(counts.readings);
    },
  };
  return { place, counts };
}

function renew(place: Place): Promise<AccessKeys | undefined> {
  return place.kind === 'bucket' && place.renewCredentials !== undefined
    ? place.renewCredentials()
    : Promise.resolve(undefined);
}

describe('A1: credentials that several threads use are read anew', () => {
  test('once for all who ask at the same time', async () => {
    const { place, counts } = renewable();
    const give = sharedPlace(place, retry);
    const threads = [give(), give(), give()];
    expect(await Promise.all(threads.map(renew))).toEqual([keysOf(1), keysOf(1), keysOf(1)]);
    expect(counts.readings).toBe(1);
  });

  test('not for who only has not heard yet that they were', async () => {
    const { place, counts } = renewable();
    const give = sharedPlace(place, retry);
    const [first, second] = [give(), give()];
    await renew(first);
    expect(await renew(second)).toEqual(keysOf(1));
    expect(counts.readings).toBe(1);
    expect(await renew(second)).toEqual(keysOf(2));
    expect(await renew(first)).toEqual(keysOf(2));
    expect(counts.readings).toBe(2);
  });

  test('and given to whoever comes later', async () => {
    const give = sharedPlace(renewable().place, retry);
    await renew(give());
    expect(give()).toMatchObject({ credentials: keysOf(1) });
  });

  test('again where reading them failed', async () => {
    const { place } = renewable();
    let isReachable = false;
    const renewCredentials = () => (isReachable ? Promise.resolve(keysOf(1)) : Promise.reject(new Error('not now')));
    const give = sharedPlace({ ...place, renewCredentials }, retry);
    const [first, second] = [give(), give()];
    await expect(renew(first)).rejects.toThrow('not now');
    isReachable = true;
    expect(await renew(second)).toEqual(keysOf(1));
  });
});

test('a place without credentials that can be read anew is given as it is', () => {
  const { place } = renewable();
  const { renewCredentials, ...fixed } = place;
  expect(renewCredentials).toBeDefined();
  const directory: Place = { kind: 'directory', path: '/tmp/a' };
  expect(sharedPlace(fixed, retry)()).toBe(fixed);
  expect(sharedPlace(directory, retry)()).toBe(directory);
});
