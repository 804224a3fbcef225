import { loggedProgress } from '../../scripts/progress.ts';

describe('progress where nobody watches', () => {
  test('is a line at the beginning, one every minute, and one at the end', () => {
    const lines: string[] = [];
    let now = 0;
    const progress = loggedProgress(
      'copy media',
      (line) => lines.push(line),
      () => now,
    );
    for (let second = 1; second <= 150; second += 1) {
      now = second * 1000;
      progress.update(`copy media: ${second} objects`);
    }
    progress.finish('copy media: 150 copied');
    expect(lines).toEqual([
      'copy media ..',
      'copy media: 60 objects',
      'copy media: 120 objects',
      'copy media: 150 copied',
    ]);
  });
});
