import { entryAt, type Timetable } from '../../engine/timetable.ts';
import { parseBandwidth } from '../../scripts/bandwidth-flag.ts';

/** In the week of Sunday, 1 November 2026. */
function rateAt(text: string, day: number, hour: number): number | undefined {
  return entryAt(parseBandwidth(text) as Timetable, new Date(2026, 10, 1 + day, hour)).perSecond;
}

describe('--bandwidth-limit reads', () => {
  test.each([
    ['500b', 500],
    ['512k', 512 * 1024],
    ['1.5M', 1.5 * 1024 * 1024],
    ['2G', 2 * 1024 ** 3],
    ['10Mi', 10 * 1024 ** 2],
    ['10MiB', 10 * 1024 ** 2],
    ['off', 'off'],
  ])('a rate: %s', (text, rate) => {
    expect(parseBandwidth(text)).toBe(rate);
  });

  test("a timetable by the time of day, as rclone's", () => {
    const text = '08:00,512k 19:00,10M 23:00,off';
    const kibibyte = 1024;
    for (const day of [0, 3, 6]) {
      expect([7, 8, 18, 19, 22, 23].map((hour) => rateAt(text, day, hour))).toEqual([
        undefined,
        512 * kibibyte,
        512 * kibibyte,
        10 * 1024 * kibibyte,
        10 * 1024 * kibibyte,
        undefined,
      ]);
    }
  });

  test('a timetable by day and time', () => {
    const text = 'Mon-08:00,1k Fri-18:00,off';
    expect([rateAt(text, 1, 9), rateAt(text, 4, 0), rateAt(text, 5, 19), rateAt(text, 0, 12)]).toEqual([
      1024,
      1024,
      undefined,
      undefined,
    ]);
  });
});

test.each([
  '',
  '512',
  '0k',
  '-1k',
  '10T',
  '25:00,1k',
  '08:00',
  '08:00,',
  '08:00,1k,2k',
  'Foo-08:00,1k',
  '1k 08:00,2k',
  'k',
])('--bandwidth-limit refuses %p', (text) => {
  expect(() => parseBandwidth(text)).toThrow(/it is a rate/);
});
