import { runOperation, type RunOptions } from '../../engine/run.ts';
import type { AccessKeys } from '../../engine/place.ts';
import { type BucketSide, startBucketSide } from './bucket-side.ts';
import type { ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;
beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

const mebibyte = 1024 * 1024;
const expired = { answer: 400, body: '<Error><Code>ExpiredToken</Code><Message>too old</Message></Error>' };
const unknown = { answer: 403, body: '<Error><Code>InvalidAccessKeyId</Code><Message>who?</Message></Error>' };

/** A place whose first credentials have ended; the side's own are what they are renewed to. */
function ending(side: BucketSide, answer: typeof expired, fresh?: AccessKeys) {
  const place = side.place();
  const counts = { renewals: 0 };
  const first = { ...place.credentials, accessKeyId: 'first' };
  side.proxy.fault = ({ headers }: ProxiedRequest) =>
    headers['authorization']?.includes('Credential=first/') === true ? answer : undefined;
  const renewCredentials = async (): Promise<AccessKeys> => {
    counts.renewals += 1;
    await Promise.resolve();
    return fresh ?? place.credentials;
  };
  return { place: { ...place, credentials: first, renewCredentials }, counts };
}

function run(options: Partial<RunOptions>) {
  return runOperation({
    operation: 'sync',
    source: source.place(),
    destination: destination.place(),
    deletesMaxPercent: 100,
    tuning: { retryDelayMs: 1, multipartBytesMin: 5 * mebibyte, partSizeBytes: 5 * mebibyte },
    ...options,
  });
}

describe('A1, A2: credentials that end while a run goes on', () => {
  test.each([
    ['expired', expired],
    ['revoked', unknown],
  ])('are read anew once, and no object fails: %s', async (_, answer) => {
    for (let index = 0; index < 40; index += 1) await source.put(`key-${index}`, `${index}`);
    await source.put('large', Buffer.alloc(11 * mebibyte, 'x'));
    await destination.put('old', 'x');
    const from = ending(source, answer);
    const to = ending(destination, answer);
    expect(await run({ source: from.place, destination: to.place })).toMatchObject({
      objectsCopied: 41,
      objectsDeleted: 1,
      failures: [],
    });
    expect([from.counts.renewals, to.counts.renewals]).toEqual([1, 1]);
    expect(await destination.bodies()).toEqual(await source.bodies());
  });

  test('in the middle of many requests, at any of them', async () => {
    for (let index = 0; index < 30; index += 1) await source.put(`key-${index}`, `${index}`);
    const place = destination.place();
    let [requests, renewals] = [0, 0];
    destination.proxy.fault = ({ headers, url }) => {
      requests += 1;
      const isFirst = headers['x-amz-security-token'] === 'first';
      return isFirst && (requests > 10 || url.includes('key-2')) ? expired : undefined;
    };
    const renewCredentials = (): Promise<AccessKeys> => {
      renewals += 1;
      return Promise.resolve(place.credentials);
    };
    const first = { ...place, credentials: { ...place.credentials, sessionToken: 'first' }, renewCredentials };
    expect(await run({ destination: first })).toMatchObject({ objectsCopied: 30, failures: [] });
    expect(renewals).toBe(1);
  });

  test('fail the run where reading them anew changes nothing', async () => {
    await source.put('a', 'a');
    const place = source.place();
    const { place: from, counts } = ending(source, unknown, { ...place.credentials, accessKeyId: 'first' });
    const summary = await run({ source: from });
    expect(summary.failures).toEqual([expect.objectContaining({ code: 'InvalidAccessKeyId' })]);
    expect(counts.renewals).toBe(1);
  });

  test('are not read anew for what they may not do', async () => {
    await source.put('a', 'a');
    const accessDenied = { answer: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' };
    const { place, counts } = ending(source, accessDenied);
    expect(await run({ source: place })).toMatchObject({ failuresCount: 1 });
    expect(counts.renewals).toBe(0);
  });
});
