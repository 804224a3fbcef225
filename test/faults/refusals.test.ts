import { createHash } from 'node:crypto';
import { runOperation } from '../../engine/run.ts';
import type { BucketPlace } from '../../engine/place.ts';
import type { Fault, ProxiedRequest } from '../engine/fault-proxy.ts';
import { asks, errorAnswer } from './scenarios.ts';
import { type FaultySides, faultySides, keyOf, tuning } from './sides.ts';

jest.setTimeout(120_000);

let sides: FaultySides;
beforeEach(async () => void (sides = await faultySides()));
afterEach(() => sides.close());

const on = (applies: (request: ProxiedRequest) => boolean, fault: Fault) => (request: ProxiedRequest) =>
  applies(request) ? fault : undefined;
const refused = errorAnswer(403, 'AccessDenied');
const isSmall = (request: ProxiedRequest) => keyOf(request.url).startsWith('small/1');

describe.each(['copy', 'sync'] as const)('a %s that cannot do everything names what it could not do:', (operation) => {
  /** Runs with what was set up; every failure is one that `expected` describes, and the oracle has nothing against the rest. */
  async function expectFailures(expected: { keys?: (key: string) => boolean; code: string | RegExp }): Promise<void> {
    const { summary, violations } = await sides.run(operation);
    expect(violations).toEqual([]);
    // A sync holds its deletes back then, and says so.
    const own = summary.failures.filter(({ code }) => code !== 'EarlierFailures');
    expect(own.length).toBeGreaterThan(0);
    for (const { key, code = '' } of own) {
      expect(code).toMatch(expected.code);
      expect(expected.keys?.(key) ?? key === '').toBe(true);
    }
  }

  test('T3 an endpoint that has no good day for some keys', async () => {
    sides.destination.proxy.fault = on(
      (request) => asks.write(request) && isSmall(request),
      errorAnswer(500, 'InternalError'),
    );
    await expectFailures({ keys: (key) => key.startsWith('small/1'), code: 'InternalError' });
  });

  test('T12 another region, which is told', async () => {
    const elsewhere = errorAnswer(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'ap-south-1' });
    sides.source.proxy.fault = on(asks.listing, elsewhere);
    await expectFailures({ code: 'PermanentRedirect' });
  });

  test('T13 a body that is always another', async () => {
    sides.source.proxy.fault = on((request) => asks.object(request) && isSmall(request), { flipByteAt: 3 });
    await expectFailures({ keys: (key) => key.startsWith('small/1'), code: /^BadDigest|Corrupt/ });
  });

  test('A5 reading is refused for some keys', async () => {
    sides.source.proxy.fault = on((request) => asks.object(request) && isSmall(request), refused);
    await expectFailures({ keys: (key) => key.startsWith('small/1'), code: 'AccessDenied' });
  });

  test('A5 writing is refused for some keys', async () => {
    sides.destination.proxy.fault = on((request) => asks.write(request) && isSmall(request), refused);
    await expectFailures({ keys: (key) => key.startsWith('small/1'), code: 'AccessDenied' });
  });

  test('A6 an object that is not there is refused instead, as without the right to list', async () => {
    sides.source.endpoint.world.delete('the-bucket', 'small/1');
    sides.source.proxy.fault = on((request) => asks.object(request) && keyOf(request.url) === 'small/2', refused);
    await expectFailures({ keys: (key) => key === 'small/2', code: 'AccessDenied' });
  });

  test('L3 the place in a listing is no longer known', async () => {
    sides.destination.proxy.fault = on(asks.listing, errorAnswer(400, 'InvalidArgument'));
    await expectFailures({ code: 'InvalidArgument' });
  });

  test('L10 a listing that never works', async () => {
    sides.source.proxy.fault = on(asks.listing, errorAnswer(500, 'InternalError'));
    await expectFailures({ code: 'InternalError' });
  });

  test('D3 the account is full', async () => {
    sides.destination.proxy.fault = on(
      (request) => asks.write(request) && isSmall(request),
      errorAnswer(403, 'cap_exceeded'),
    );
    await expectFailures({ keys: (key) => key.startsWith('small/1'), code: 'cap_exceeded' });
  });

  test('D4 an object is locked against overwriting', async () => {
    sides.destination.proxy.fault = on((request) => asks.write(request) && keyOf(request.url) === 'small/4', refused);
    await expectFailures({ keys: (key) => key === 'small/4', code: 'AccessDenied' });
  });

  test('O11 an object is in an archive', async () => {
    sides.source.proxy.fault = on(
      (request) => asks.object(request) && keyOf(request.url) === 'stream',
      errorAnswer(403, 'InvalidObjectState'),
    );
    await expectFailures({ keys: (key) => key === 'stream', code: 'InvalidObjectState' });
  });
});

describe.each(['copy', 'sync'] as const)('a %s that reaches nobody ends by name and changes nothing:', (operation) => {
  const run = (place: (own: BucketPlace) => BucketPlace) =>
    sides.run(operation, { source: place(sides.source.place()), tuning: { ...tuning, attemptsMax: 2 } });

  test('T10 a host whose name nobody knows', async () => {
    const { summary, violations } = await run((own) => ({ ...own, endpoint: 'http://nowhere.invalid' }));
    expect(violations).toEqual([]);
    expect(summary.failures).toEqual([expect.objectContaining({ key: '' })]);
    expect(sides.destination.proxy.requests.filter(asks.write)).toEqual([]);
  });

  test('T11 a TLS connection that cannot be made', async () => {
    const { summary, violations } = await run((own) => ({ ...own, endpoint: own.endpoint.replace('http:', 'https:') }));
    expect(violations).toEqual([]);
    expect(summary.failures).toEqual([expect.objectContaining({ key: '' })]);
    expect(sides.destination.proxy.requests.filter(asks.write)).toEqual([]);
  });
});

describe('a source that changes while it is copied:', () => {
  /** Does something at the first request that `applies`. */
  function once(applies: (request: ProxiedRequest) => boolean, change: () => Promise<void> | void): void {
    let done = false;
    sides.source.proxy.fault = async (request) => {
      if (done || !applies(request)) return undefined;
      done = true;
      await change();
      return undefined;
    };
  }

  test.each(['copy', 'sync'] as const)('L6 S1 keys come, go and change during a %s', async (operation) => {
    const { world } = sides.source.endpoint;
    once(asks.object, async () => {
      await sides.source.put('small/new', 'a new body');
      await sides.source.put('small/9', 'another body of another size');
      world.delete('the-bucket', 'small/8');
    });
    const { summary, violations } = await sides.run(operation);
    expect({ violations, failures: summary.failures }).toEqual({ violations: [], failures: [] });
  });

  test('L7 a listing still has a key that is gone', async () => {
    once(asks.object, () => void sides.source.endpoint.world.delete('the-bucket', 'small/8'));
    const { summary, violations } = await sides.run('copy');
    expect({ violations, failures: summary.failures }).toEqual({ violations: [], failures: [] });
  });

  test('S4 overwritten with as many bytes', async () => {
    once(
      (request) => asks.object(request) && keyOf(request.url) === 'small/7',
      () => sides.source.put('small/7', 'small BODY 7'),
    );
    const { summary, violations } = await sides.run('copy');
    expect({ violations, failures: summary.failures }).toEqual({ violations: [], failures: [] });
    expect((await sides.destination.bodies())['small/7']).toBe('small BODY 7');
  });
});

describe('L9 a listing of', () => {
  test.each([0, 1, 999, 1000, 1001])('%i keys is copied whole', async (count) => {
    for (let index = 0; index < count; index += 1) await sides.source.put(`many/${index}`, `${index}`);
    const summary = await runOperation({
      operation: 'copy',
      source: sides.source.place('many/'),
      destination: sides.destination.place('many/'),
      tuning,
    });
    expect(summary).toMatchObject({ objectsCopied: count, failures: [], complete: true });
  });
});

test('L8 a provider that ignores the encoding of keys is read as what it says', async () => {
  const names = ['plus+sign', 'half%2Fencoded', 'with space'];
  const md5 = createHash('md5').update('plain').digest('hex');
  const rows = [...names]
    .sort()
    .map(
      (key) =>
        `<Contents><Key>${key}</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>"${md5}"</ETag><Size>5</Size></Contents>`,
    );
  const page = {
    answer: 200,
    body: `<ListBucketResult><IsTruncated>false</IsTruncated>${rows.join('')}</ListBucketResult>`,
  };
  for (const name of names) await sides.source.put(name, 'plain');
  sides.source.proxy.fault = on(asks.listing, page);
  const asked = new Set<string>();
  sides.destination.proxy.fault = (request) => {
    if (asks.write(request)) asked.add(keyOf(request.url));
    return undefined;
  };
  await runOperation({
    operation: 'copy',
    source: sides.source.place(),
    destination: sides.destination.place(),
    tuning,
  });
  expect([...asked].sort()).toEqual([...names].sort());
});
