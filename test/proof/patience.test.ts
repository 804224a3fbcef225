import { askUntil, delayMsAfter, waitForReal } from '../../proof/patience.ts';

test('pauses double from 0.2 s to 5 s', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(delayMsAfter)).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
});

describe('asking until it is done', () => {
  test('asks once when there is no time, and returns that answer', async () => {
    expect(await ask({ doneAt: 5, timeoutSeconds: 0 })).toEqual({ answer: 1, pausesMs: [] });
  });

  test('stops at the first answer that is done', async () => {
    expect(await ask({ doneAt: 3, timeoutSeconds: 60 })).toEqual({ answer: 3, pausesMs: [200, 400] });
  });

  test('returns the last answer when the time is over, and never waits longer than that', async () => {
    const { pausesMs } = await ask({ doneAt: Infinity, timeoutSeconds: 1 });
    expect(pausesMs.reduce((sum, each) => sum + each)).toBeCloseTo(1000, -2);
  });

  test('is cut short by a signal, also while waiting', async () => {
    const abort = new AbortController();
    const waiting = waitForReal(60_000, abort.signal);
    abort.abort(new Error('stopped by the user'));
    await expect(waiting).rejects.toThrow('stopped by the user');
    await expect(
      askUntil({ ask: () => Promise.resolve(1), isDone: () => false, timeoutSeconds: 1, signal: abort.signal }),
    ).rejects.toThrow('stopped by the user');
  });
});

async function ask({ doneAt, timeoutSeconds }: { doneAt: number; timeoutSeconds: number }) {
  let asked = 0;
  const pausesMs: number[] = [];
  const answer = await askUntil({
    ask: () => Promise.resolve((asked += 1)),
    isDone: (count) => count >= doneAt,
    timeoutSeconds,
    wait: (milliseconds) => {
      pausesMs.push(milliseconds);
      return Promise.resolve();
    },
  });
  return { answer, pausesMs };
}
