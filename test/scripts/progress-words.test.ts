import type { Progress } from '../../engine/progress.ts';
import { progressInWords, throttled } from '../../scripts/progress-words.ts';

const now: Progress = {
  phase: 'copying',
  objectsFound: 4000,
  objectsDone: 1000,
  bytesFound: 4 * 1024 ** 2,
  bytesDone: 1024 ** 2,
  failures: 0,
  listed: true,
};

describe('progress in words', () => {
  test.each<[string, Partial<Progress>, number, string]>([
    [
      'tells rate and estimate',
      {},
      10,
      '1,000 of 4,000 objects, 1.00 MiB of 4.00 MiB, 100/s, 102 KiB/s, about 30 s left',
    ],
    ['has no totals before all is listed', { listed: false }, 10, '1,000 objects, 1.00 MiB, 100/s, 102 KiB/s'],
    ['has no rate in the first second', {}, 0.5, '1,000 of 4,000 objects, 1.00 MiB of 4.00 MiB'],
    ['tells failures', { failures: 2 }, 0.5, '1,000 of 4,000 objects, 1.00 MiB of 4.00 MiB, 2 FAILED'],
    [
      'tells hours as hours',
      { objectsDone: 1 },
      10,
      '1 of 4,000 objects, 1.00 MiB of 4.00 MiB, 0/s, 102 KiB/s, about 11.1 h left',
    ],
  ])('%s', (_, changed, seconds, words) => {
    expect(progressInWords('copy media', { ...now, ...changed }, seconds)).toBe(`copy media: ${words}`);
  });

  test('is drawn at most ten times a second, however often it is heard of', () => {
    const drawn: number[] = [];
    const draw = throttled((value: number) => drawn.push(value));
    for (let count = 0; count < 10_000; count += 1) draw(count);
    expect(drawn.length).toBeLessThan(5);
    expect(drawn[0]).toBe(0);
  });
});
