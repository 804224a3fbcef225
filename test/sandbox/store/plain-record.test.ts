import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { BucketStore } from '../../../sandbox/store/bucket-store.ts';
import { bucketRecordSchema } from '../../../sandbox/store/bucket-records.ts';
import { isPlainPut } from '../../../sandbox/store/plain-record.ts';
import { openRecordLog } from '../../../sandbox/store/record-log.ts';

const checksum = { algorithm: 'CRC64NVME', value: 'AAAAAAAAAAA=', type: 'FULL_OBJECT' };
const part = { sizeBytes: 3, place: { offset: 12 } };
const object = {
  key: 'a',
  sizeBytes: 3,
  entityTag: 'e',
  modifiedAtMs: 1,
  headers: { 'content-type': 'text/plain' },
  parts: [part],
};
const put = (changes: object = {}) => ({ record: 'put', object: { ...object, ...changes } });

describe('a plain record', () => {
  test.each([
    ['an object', put()],
    ['one with a checksum', put({ checksum })],
    ['one of a version', put({ versionId: 'v' })],
    ['one of several small parts', put({ parts: [part, part] })],
    ['one without bytes', put({ sizeBytes: 0, parts: [] })],
  ])('is %s, and the schema takes it as it is', (_, record) => {
    expect(isPlainPut(record)).toBe(true);
    expect(bucketRecordSchema.parse(record)).toEqual(record);
  });
});

describe('left to the schema is', () => {
  test.each<[string, unknown]>([
    ['what is no object', 'put'],
    ['another record', { record: 'delete', key: 'a' }],
    ['a large body', put({ parts: [{ sizeBytes: 3, place: { file: '0'.repeat(24) } }] })],
    ['an object with tags', put({ tags: { a: 'b' } })],
    ['a composite checksum', put({ checksum: { ...checksum, type: 'COMPOSITE' } })],
  ])('%s', (_, record) => expect(isPlainPut(record)).toBe(false));

  test('whatever the schema refuses, wherever a record is broken', () => {
    const whole = put({ checksum, versionId: 'v' });
    const broken = fc.oneof(fc.constantFrom(undefined, null, -1, 0.5, '', [], {}, 'x'), fc.jsonValue());
    const places = placesIn(whole);
    fc.assert(
      fc.property(fc.constantFrom(...places), broken, fc.boolean(), (place, value, isAdded) => {
        const record = withChange(whole, isAdded ? [...place, 'more'] : place, value);
        if (isPlainPut(record)) expect(bucketRecordSchema.parse(record)).toEqual(record);
      }),
      { numRuns: 500 },
    );
  });
});

test('a bucket with a broken record is not opened', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-records-'));
  const log = openRecordLog(join(directory, 'records.log'), () => undefined);
  log.append(put({ sizeBytes: -1 }));
  log.close();
  expect(() => BucketStore.open(directory, () => new Date())).toThrow(/sizeBytes/);
  await rm(directory, { recursive: true });
});

type Place = readonly string[];

/** The way to every field, however deep. */
function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, field]) => placesIn(field, [...at, name]))];
}

/** `record` as JSON keeps it, with `value` at `place`; without the field where that is undefined. */
function withChange(record: object, [name, ...rest]: Place, value: unknown): unknown {
  if (name === undefined) return value;
  const field: unknown = Reflect.get(record, name);
  const inner = typeof field === 'object' && field !== null ? field : {};
  const changed = Object.assign(Array.isArray(record) ? [...(record as unknown[])] : { ...record }, {
    [name]: withChange(inner, rest, value),
  });
  return JSON.parse(JSON.stringify(changed)) as unknown;
}
