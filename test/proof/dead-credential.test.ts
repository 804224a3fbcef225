import type { BucketPlace } from '../../engine/place.ts';
import { isDeadKey, proveAlive, proveDead } from '../../proof/dead-credential.ts';
import { type FakeRequest, type OddAnswer, accessDenied, fakeEndpoint } from './fake-endpoint.ts';

const dead = { status: 403, code: 'InvalidAccessKeyId' } as const;

describe('R9, X3: a key is dead when the endpoint refuses the key itself', () => {
  test.each([
    ['aws', 403, 'InvalidAccessKeyId', true],
    ['r2', 401, 'Unauthorized', true],
    ['b2', 403, 'InvalidAccessKeyId', true],
    ['aws', 403, 'AccessDenied', false],
    ['aws', 403, 'SignatureDoesNotMatch', false],
    ['aws', 401, 'Unauthorized', false],
    ['r2', 403, 'AccessDenied', false],
    ['aws', 404, 'NoSuchBucket', false],
    ['aws', 200, 'none', false],
    ['aws', 0, 'ECONNREFUSED', false],
  ] as const)('%s %d %s: %s', (provider, status, code, expected) => {
    expect(isDeadKey(provider, { status, code })).toBe(expected);
  });
});

describe('R9: proving a key dead', () => {
  test('asks until the revocation has spread everywhere', async () => {
    const { report, asked } = await ask(proveDead, ({ earlier }) =>
      [3, 5, 6].includes(earlier) || earlier > 6 ? dead : undefined,
    );
    expect(report.proven).toBe(true);
    expect(report.because).toContain('the key is dead');
    expect(asked).toBe(8);
  });

  test('gives up on a key that only lost a right', async () => {
    const { report } = await ask(proveDead, () => accessDenied);
    expect(report).toMatchObject({ proven: false, seen: accessDenied });
    expect(report.because).toContain('not shown in 20 s that the key is dead');
  });
});

describe('X3: proving a key alive', () => {
  test('asks until the key has spread', async () => {
    const { report, asked } = await ask(proveAlive, ({ earlier }) => (earlier < 2 ? dead : undefined));
    expect(report.proven).toBe(true);
    expect(asked).toBe(5);
  });

  test('a refusal of a right shows a living key', async () => {
    expect((await ask(proveAlive, () => accessDenied)).report.proven).toBe(true);
  });

  test('a dead one is not proven alive', async () => {
    expect((await ask(proveAlive, () => dead)).report.proven).toBe(false);
  });
});

async function ask(prove: typeof proveDead, rule: (request: FakeRequest) => OddAnswer | undefined) {
  const endpoint = await fakeEndpoint(['media/'], rule);
  const place: BucketPlace = {
    kind: 'bucket',
    provider: 'aws',
    endpoint: endpoint.url,
    region: 'eu-west-1',
    bucket: 'media',
    prefix: 'uploads/',
    credentials: { accessKeyId: 'old', secretAccessKey: 'any' },
  };
  const report = await prove({ place, timeoutSeconds: 20, inARow: 3, wait: () => Promise.resolve() });
  await endpoint.close();
  return { report, asked: endpoint.requests.length };
}
