import type { Place } from '../../engine/place.ts';
import { traffic, trafficOfSides, type Traffic } from '../../engine/traffic.ts';

const limits = { requestsAtFirst: 4, requestsMax: 4 };
const listing = { method: 'GET' };
const writing = { method: 'PUT', key: 'a' };

/** Whether a listing has to wait after a write was refused because there were too many. */
function listingWaits(of: Traffic, after: Traffic = of): boolean {
  const write = after.gateOf(writing);
  void after.enter(write);
  write.leave({ kind: 'throttled', retryAfterMs: 50 });
  const list = of.gateOf(listing);
  const waiting = of.enter(list);
  void (waiting ?? Promise.resolve()).then(() => list.leave({ kind: 'other' }));
  return waiting !== undefined;
}

test('each kind of request is held back for itself, unless the provider limits them together', () => {
  expect(listingWaits(traffic(limits))).toBe(false);
  expect(listingWaits(traffic({ ...limits, limitsTogether: true }))).toBe(true);
});

function bucketAt(provider: 'aws' | 'b2', endpoint: string): Place {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  return { kind: 'bucket', provider, endpoint, region: 'r', bucket: 'b', prefix: '', credentials };
}

describe("an account's limit holds for both sides of a run", () => {
  const west = bucketAt('b2', 'https://s3.us-west-004.backblazeb2.com');
  const sidesOf = (source: Place, destination: Place) => trafficOfSides({ source, destination }, limits);

  test('where both are on B2, at one endpoint', () => {
    const { source, destination } = sidesOf(west, { ...west });
    expect(listingWaits(source, destination)).toBe(true);
  });

  test.each([
    ['at two endpoints of B2', west, bucketAt('b2', 'https://s3.eu-central-003.backblazeb2.com')],
    ['on two providers', bucketAt('aws', 'https://s3.us-west-2.amazonaws.com'), west],
    ['on S3', bucketAt('aws', 'https://one.example'), bucketAt('aws', 'https://one.example')],
    ['in directories', { kind: 'directory', path: '/a' } as const, { kind: 'directory', path: '/b' } as const],
  ])('but not %s', (_, from, to) => {
    const { source, destination } = sidesOf(from, to);
    expect(listingWaits(source, destination)).toBe(false);
  });
});
