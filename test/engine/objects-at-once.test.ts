import { objectsAtOnce } from '../../engine/objects-at-once.ts';
import { traffic } from '../../engine/traffic.ts';

const bucket = { kind: 'bucket' } as const;
const directory = { kind: 'directory' } as const;

function sides(requestsAtFirst: { source: number; destination: number }) {
  const of = (atFirst: number) => traffic({ requestsAtFirst: atFirst, requestsMax: 256 });
  return { source: of(requestsAtFirst.source), destination: of(requestsAtFirst.destination) };
}

test.each([
  [16, 16, 16],
  [16, 64, 64],
  [256, 2, 8],
])('where %i are read and %i are written at once, %i objects are in work', (source, destination, objects) => {
  expect(objectsAtOnce({ source: bucket, destination: bucket }, sides({ source, destination })).max()).toBe(objects);
});

test('a directory does not count', () => {
  const traffics = sides({ source: 16, destination: 200 });
  expect(objectsAtOnce({ source: directory, destination: bucket }, traffics).max()).toBe(200);
  expect(objectsAtOnce({ source: bucket, destination: directory }, traffics).max()).toBe(16);
});

test('where one side takes less than before, there are fewer at once', () => {
  const traffics = sides({ source: 100, destination: 10 });
  const limit = objectsAtOnce({ source: bucket, destination: bucket }, traffics);
  expect(limit.max()).toBe(40);
  traffics.destination.gateOf({ method: 'PUT', key: 'a' }).slowDown();
  expect(limit.max()).toBe(28);
});
