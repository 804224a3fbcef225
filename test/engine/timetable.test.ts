import { entryAt, minutesOfDay, timetabledRate, type Timetable } from '../../engine/timetable.ts';

const monday = minutesOfDay;
const timetable: Timetable = [
  { minuteOfWeek: monday + 8 * 60, perSecond: 1000 },
  { minuteOfWeek: monday + 19 * 60, perSecond: undefined },
];

/** In the week of Sunday, 1 November 2026. */
function at(day: number, hour: number, minute = 0): Date {
  return new Date(2026, 10, 1 + day, hour, minute);
}

describe('a timetable says', () => {
  test.each([
    ['what began at this very minute', at(1, 8), 1000],
    ['what began before', at(1, 18, 59), 1000],
    ['what the next entry says from its minute on', at(1, 19), undefined],
    ['before the first entry of the week, what the last one of the week before said', at(0, 0), undefined],
  ])('%s', (_, time, perSecond) => {
    expect(entryAt(timetable, time).perSecond).toBe(perSecond);
  });
});

test('a timetabled rate holds back by day and lets through at night', async () => {
  let [time, passedMs] = [at(1, 9), 0];
  const rate = timetabledRate(timetable, { now: () => passedMs, clock: () => time });
  const isFree = () => rate.take(250) === undefined;
  expect(isFree()).toBe(true);
  const heldBack = rate.take(0);
  expect(heldBack).toBeDefined();
  time = at(1, 20);
  expect([isFree(), isFree()]).toEqual([true, true]);
  passedMs = 1000;
  await heldBack;
});
