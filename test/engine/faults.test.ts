import { runOperation, type RunOptions } from '../../engine/run.ts';
import type { Tuning } from '../../engine/tuning.ts';
import { faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';
import type { Fault, ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;
const bodies = { a: 'body of a', b: 'b'.repeat(100_000), c: 'c'.repeat(1_500_000) };

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
  for (const [key, body] of Object.entries(bodies)) await source.put(key, body);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

// Long enough for a busy machine, which is no stall.
const tuning: Partial<Tuning> = { attemptsMax: 4, retryDelayMs: 1, idleTimeoutMs: 15_000 };
const impatient: Partial<Tuning> = { ...tuning, idleTimeoutMs: 1_000 };
const stalls = (fault: Fault) => 'stall' in fault || ('then' in fault && fault.then === 'stall');

function copy(options: Partial<RunOptions> = {}) {
  const places = { source: source.place(), destination: destination.place() };
  return runOperation({ operation: 'copy', ...places, tuning, ...options });
}

const onKey = (key: string) => (request: ProxiedRequest) => request.url.endsWith(`/${key}`);
const onListing = ({ url }: ProxiedRequest) => url.includes('list-type=2');
const slowDown = { answer: 503, body: '<Error><Code>SlowDown</Code><Message>Please reduce</Message></Error>' };
const refused = { answer: 403, body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>' };

/** What passes when the same request is sent again: nothing is lost, foreign or half there. */
async function expectAllCopied(fault?: Fault): Promise<void> {
  const patience = fault !== undefined && stalls(fault) ? impatient : tuning;
  expect(await copy({ tuning: patience })).toMatchObject({ objectsCopied: 3, failures: [], complete: true });
  expect(await destination.bodies()).toEqual(bodies);
}

describe('a copy gets over', () => {
  test.each<[string, Fault]>([
    ['503 SlowDown', slowDown],
    ['503 with Retry-After', { ...slowDown, headers: { 'retry-after': '0' } }],
    ['429', { answer: 429, body: '<Error><Code>TooManyRequests</Code></Error>' }],
    ['500 without a body', { answer: 500 }],
    ["a proxy's 502", { answer: 502, body: '<html>Bad gateway</html>' }],
    ['504', { answer: 504 }],
    ['a connection that is cut before the answer', { reset: 'unserved' }],
    ['an answer that is lost though the work was done', { reset: 'served' }],
    ['an endpoint that says nothing more', { stall: true }],
  ])('%s, on listing, reading and writing', async (_, fault) => {
    source.proxy.fault = faultOnce(() => true, fault, 2);
    destination.proxy.fault = faultOnce(({ method }) => method === 'PUT', fault, 2);
    await expectAllCopied(fault);
  });

  test.each<[string, string, Fault]>([
    ['a small body that is cut', 'b', { cutAfter: 50_000, then: 'reset' }],
    ['a large body that is cut', 'c', { cutAfter: 1_200_000, then: 'reset' }],
    ['a small body that stops coming', 'b', { cutAfter: 50_000, then: 'stall' }],
    ['a large body that stops coming', 'c', { cutAfter: 1_200_000, then: 'stall' }],
    ['a body that is announced shorter than listed', 'b', { shortenTo: 50_000 }],
    ['a byte that is another, in a small body', 'b', { flipByteAt: 50_000 }],
    ['a byte that is another, in a large body', 'c', { flipByteAt: 1_200_000 }],
  ])('%s', async (_, key, fault) => {
    source.proxy.fault = faultOnce(onKey(key), fault);
    await expectAllCopied(fault);
    expect(source.proxy.requests.filter(onKey(key))).toHaveLength(2);
  });

  test('a page of a listing that is cut, or is no XML', async () => {
    source.proxy.fault = faultOnce(onListing, { shortenTo: 300 });
    destination.proxy.fault = faultOnce(onListing, { answer: 200, body: 'hello' });
    await expectAllCopied();
  });

  test('a destination that does not read what it is sent', async () => {
    const unread: Fault = { stall: true };
    destination.proxy.fault = faultOnce(onKey('c'), unread);
    await expectAllCopied(unread);
  });
});

describe('a copy fails by name, and copies the rest, where', () => {
  async function expectOnlyFailure(failure: { key: string; code?: string; because?: string }): Promise<void> {
    const summary = await copy();
    expect(summary).toMatchObject({ objectsCopied: 2, complete: false, failures: [failure] });
    const others = Object.entries(bodies).filter(([key]) => key !== failure.key);
    expect(await destination.bodies()).toEqual(Object.fromEntries(others));
  }

  test('reading one object is refused, which is not asked twice', async () => {
    source.proxy.fault = (request) => (onKey('b')(request) ? refused : undefined);
    await expectOnlyFailure({ key: 'b', code: 'AccessDenied', because: 'source: 403 AccessDenied: Access Denied' });
    expect(source.proxy.requests.filter(onKey('b'))).toHaveLength(1);
  });

  test('writing one object is refused', async () => {
    destination.proxy.fault = (request) => (onKey('c')(request) ? refused : undefined);
    await expectOnlyFailure({ key: 'c', because: 'destination: 403 AccessDenied: Access Denied' });
  });

  test('an endpoint never answers for it, as often as it is asked', async () => {
    destination.proxy.fault = (request) => (onKey('a')(request) ? slowDown : undefined);
    await expectOnlyFailure({ key: 'a', code: 'SlowDown' });
    expect(destination.proxy.requests.filter(onKey('a'))).toHaveLength(4);
  });

  test('its body is never whole', async () => {
    source.proxy.fault = (request) => (onKey('c')(request) ? { cutAfter: 1_000, then: 'reset' } : undefined);
    await expectOnlyFailure({ key: 'c' });
  });

  test('its body is always wrong', async () => {
    source.proxy.fault = (request) => (onKey('b')(request) ? { flipByteAt: 1 } : undefined);
    await expectOnlyFailure({ key: 'b', code: 'BadDigest' });
  });

  test('the bucket went away, which is no missing object', async () => {
    source.proxy.fault = (request) =>
      onKey('a')(request) ? { answer: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' } : undefined;
    await expectOnlyFailure({ key: 'a', code: 'NoSuchBucket' });
  });
});

describe('an object that changes between listing and reading', () => {
  test('is looked up again and copied as it is now', async () => {
    source.proxy.fault = async (request) => {
      if (onKey('a')(request) && request.headers['if-match'] === `"${source.entityTagOf('a') ?? ''}"`) {
        source.proxy.fault = () => undefined;
        await source.put('a', 'overwritten, and longer');
      }
      return undefined;
    };
    expect(await copy()).toMatchObject({ objectsCopied: 3, failures: [] });
    expect(await destination.bodies()).toEqual({ ...bodies, a: 'overwritten, and longer' });
  });

  test('fails by name where it changes again and again', async () => {
    let version = 0;
    source.proxy.fault = async (request) => {
      version += 1;
      if (onKey('a')(request)) await source.put('a', `version ${version}`);
      return undefined;
    };
    expect(await copy()).toMatchObject({ objectsCopied: 2, failures: [{ key: 'a', code: 'PreconditionFailed' }] });
  });

  test('is no failure where it was deleted', async () => {
    source.proxy.fault = (request) => {
      if (onKey('a')(request)) source.endpoint.world.delete('the-bucket', 'a');
      return undefined;
    };
    expect(await copy()).toMatchObject({
      objectsCopied: 2,
      complete: true,
      notes: ['deleted at the source meanwhile: "a"'],
    });
  });
});

describe('a refusal is tried again', () => {
  test('while fresh keys may still be spreading, if the run is told so', async () => {
    source.proxy.fault = faultOnce(() => true, refused, 3);
    expect(await copy({ tuning: { ...tuning, propagationMs: 60_000 } })).toMatchObject({
      objectsCopied: 3,
      failures: [],
    });
  });
});

describe('a listing that cannot be merged is a failure:', () => {
  const row = (key: string) =>
    `<Contents><Key>${key}</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>"0"</ETag><Size>1</Size></Contents>`;
  const page = (keys: string[], token?: string) => ({
    answer: 200,
    body: `<ListBucketResult><IsTruncated>${token !== undefined}</IsTruncated>${
      token === undefined ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`
    }${keys.map(row).join('')}</ListBucketResult>`,
  });

  async function listAs(faults: (request: ProxiedRequest) => Fault): Promise<unknown> {
    destination.proxy.fault = (request) => (onListing(request) ? faults(request) : undefined);
    const summary = await copy({ operation: 'sync', deletesMax: 100, deletesMaxPercent: 100 });
    expect(summary).toMatchObject({ objectsDeleted: 0, complete: false });
    return summary.failures[0];
  }

  test.each([
    ['keys in another order', page(['b', 'a'])],
    ['keys in the order of UTF-16', page(['\ud83d\ude00', '\ue000'])],
    ['a key twice', page(['a', 'a'])],
  ])('%s', async (_, answer) => {
    expect(await listAs(() => answer)).toMatchObject({ key: '', code: 'BrokenListing' });
  });

  test('a page that comes again', async () => {
    expect(await listAs(() => page(['a', 'b'], 'same'))).toMatchObject({ key: '', code: 'BrokenListing' });
  });

  test('keys outside the prefix', async () => {
    destination.proxy.fault = (request) => (onListing(request) ? page(['other/a']) : undefined);
    const summary = await copy({ destination: destination.place('to/') });
    expect(summary).toMatchObject({ failures: [{ key: '', code: 'BrokenListing' }] });
  });

  test('but short and empty pages that end are none', async () => {
    let pages = 0;
    destination.proxy.fault = (request) => {
      if (!onListing(request)) return undefined;
      pages += 1;
      return pages < 5 ? page(pages === 2 ? ['zz'] : [], `${pages}`) : page([]);
    };
    expect(await copy()).toMatchObject({ objectsCopied: 3, complete: true });
  });
});
