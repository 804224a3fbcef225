import { runOperation, type RunOptions } from '../../engine/run.ts';
import { Failure } from '../../engine/failure.ts';
import type { AccessKeys } from '../../engine/place.ts';
import { renewingStore } from '../../engine/renewing-store.ts';
import type { Attempt } from '../../engine/retry.ts';
import type { Entry, Store } from '../../engine/store.ts';
import { tuningDefault } from '../../engine/tuning.ts';
import { type BucketSide, startBucketSide } from './bucket-side.ts';
import type { ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;
beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => {
  jest.restoreAllMocks();
  return Promise.all([source.close(), destination.close()]);
});

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

describe('A2: credentials are read anew', () => {
  test('however often their file is half written, as long as a request is tried', async () => {
    await source.put('a', 'a');
    const { place, counts } = ending(source, expired);
    const renewCredentials = async (): Promise<AccessKeys> => {
      const keys = await place.renewCredentials();
      if (counts.renewals < 4) throw new Error('half a file');
      return keys;
    };
    expect(await run({ source: { ...place, renewCredentials } })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(counts.renewals).toBe(4);
  });

  test('or the run ends with what keeps them from being read, also where that is silence', async () => {
    await source.put('a', 'a');
    const { place } = ending(source, expired);
    const failing = { ...place, renewCredentials: () => Promise.reject(new Error('no file')) };
    await expect(run({ source: failing })).rejects.toThrow('no file');
    const silent = { ...place, renewCredentials: () => new Promise<never>(() => undefined) };
    const tuning = { retryDelayMs: 1, idleTimeoutMs: 200 };
    await expect(run({ source: silent, tuning })).rejects.toThrow('nothing came for 200 ms');
  });

  test('once in a while, though another session comes each time', async () => {
    let renewals = 0;
    const renew = (): Promise<AccessKeys> => Promise.resolve(keysOf(`session-${(renewals += 1)}`));
    const refused = new Failure({ kind: 'refused', status: 403, message: 'to a HEAD, without a reason' });
    const store = storeOf({ renew, now: () => 0, refuses: () => true, refused });
    for (let objects = 0; objects < 100; objects += 1) await reading(store);
    expect(renewals).toBe(1);
  });

  test('though the clock of the machine was set back since they were read', async () => {
    let renewals = 0;
    const renew = (): Promise<AccessKeys> => {
      renewals += 1;
      return Promise.resolve(keysOf('first'));
    };
    const [elapsed, clock] = [jest.spyOn(performance, 'now'), jest.spyOn(Date, 'now')];
    elapsed.mockReturnValue(1000);
    clock.mockReturnValue(86_400_000);
    const store = storeOf({ renew, refuses: () => true });
    await reading(store);
    elapsed.mockReturnValue(7000);
    clock.mockReturnValue(0);
    await reading(store);
    expect(renewals).toBe(2);
  });

  test('when a signature is refused, for they may be another secret under the same id', async () => {
    const refused = new Failure({ kind: 'refused', status: 403, code: 'SignatureDoesNotMatch', message: 'no' });
    const fresh = { accessKeyId: 'first', secretAccessKey: 'rotated' };
    const refuses = (keys: AccessKeys) => keys.secretAccessKey !== 'rotated';
    const store = storeOf({ renew: () => Promise.resolve(fresh), now: () => 0, refuses, refused });
    expect(await reading(store)).toMatchObject({ kind: 'transient' });
    await expect(store.readWhole(entry, attempt)).resolves.toBeDefined();
  });
});

describe('A3: fresh credentials that are not known everywhere yet', () => {
  test('are tried for so long', async () => {
    const store = storeOf({ renew: () => Promise.resolve(keysOf('second')), now: () => 0, refuses: () => true });
    expect(await reading(store)).toMatchObject({ kind: 'transient', retryAfterMs: undefined });
    const { kind, retryAfterMs = 0 } = await reading(store);
    expect(kind).toBe('transient');
    expect(retryAfterMs * (tuningDefault.attemptsMax - 1)).toBeGreaterThanOrEqual(30_000);
  });

  test('are waited for by listings, look-ups and deletes, which nobody else tries again', async () => {
    let asked = 0;
    // The first keys have ended, and the next two requests with the fresh ones come too early.
    const refuses = () => (asked += 1) % 4 !== 0;
    const store = storeOf({ renew: () => Promise.resolve(keysOf('second')), now: () => 0, refuses, pauseMs: 0 });
    expect(await listed(store)).toEqual([entry]);
    expect(await store.find('a')).toEqual(entry);
    expect(await store.delete(['a'])).toEqual([]);
    expect(asked).toBe(12);
  });

  test('and for no longer than a few tries', async () => {
    const store = storeOf({
      renew: () => Promise.resolve(keysOf('second')),
      now: () => 0,
      refuses: () => true,
      pauseMs: 0,
    });
    await expect(store.find('a')).rejects.toMatchObject({ code: 'InvalidAccessKeyId' });
    expect(await store.delete(['a'])).toMatchObject([{ key: 'a', code: 'InvalidAccessKeyId' }]);
    await expect(listed(store)).rejects.toMatchObject({ code: 'InvalidAccessKeyId' });
  });
});

const entry: Entry = { key: 'a', sizeBytes: 0, modifiedAt: new Date(0) };
const attempt: Attempt = { signal: new AbortController().signal, touch: () => undefined };

function keysOf(accessKeyId: string): AccessKeys {
  return { accessKeyId, secretAccessKey: 'x' };
}

async function listed(store: Store): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of store.list()) entries.push(...page);
  return entries;
}

/** The failure of one read. */
function reading(store: Store): Promise<Failure> {
  return store.readWhole(entry, attempt).then(
    () => {
      throw new Error('was not refused');
    },
    (error: unknown) => error as Failure,
  );
}

/** A renewing store over stores with one object, each request of which is refused or not. */
function storeOf({
  renew,
  now,
  refuses,
  refused = new Failure({ kind: 'refused', status: 403, code: 'InvalidAccessKeyId', message: 'who?' }),
  pauseMs,
}: {
  renew: () => Promise<AccessKeys>;
  now?: () => number;
  refuses: (keys: AccessKeys) => boolean;
  refused?: Failure;
  pauseMs?: number;
}): Store {
  function open(keys: AccessKeys): Store {
    function checkKeys(): void {
      if (refuses(keys)) throw refused;
    }
    const unused = () => Promise.reject(new Error('unused'));
    return {
      hasDirectories: false,
      checks: { crc64: false, md5OfObjects: false, md5OfParts: false },
      async *list() {
        await Promise.resolve();
        checkKeys();
        yield [entry];
      },
      async find() {
        await Promise.resolve();
        checkKeys();
        return entry;
      },
      async readWhole() {
        await Promise.resolve();
        checkKeys();
        return { headers: {}, body: Buffer.alloc(0) };
      },
      delete: (all) => {
        const failing = all.map((key) => ({ key, because: 'who?', code: refused.code ?? '' }));
        return Promise.resolve(refuses(keys) ? failing : []);
      },
      describe: unused,
      read: unused,
      write: unused,
      keyProblem: () => undefined,
      canonicalKey: (key) => key,
    };
  }
  return renewingStore(open, {
    keys: keysOf('first'),
    renew,
    ...(now === undefined ? {} : { now }),
    ...(pauseMs === undefined ? {} : { pauseMs }),
  });
}
