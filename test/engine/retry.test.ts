import { Failure, type FailureKind } from '../../engine/failure.ts';
import { backoffMs, retryAfterMsMax, retrying } from '../../engine/retry.ts';
import { tuningDefault } from '../../engine/tuning.ts';

const policy = { ...tuningDefault, attemptsMax: 3, retryDelayMs: 1 };

/** Fails with these kinds, one an attempt, then succeeds. */
function failing(kinds: FailureKind[]) {
  const left = [...kinds];
  return () => {
    const kind = left.shift();
    return kind === undefined ? Promise.resolve('done') : Promise.reject(new Failure({ kind, message: kind }));
  };
}

describe('a request is tried again', () => {
  test('while its failures may pass', async () => {
    expect(await retrying(policy, failing(['throttled', 'broken']))).toBe('done');
  });

  test('but not more often than attemptsMax', async () => {
    await expect(retrying(policy, failing(['transient', 'transient', 'throttled']))).rejects.toThrow('throttled');
  });

  test.each<FailureKind>(['refused', 'missing', 'changed', 'invalid'])('but not where it is %s', async (kind) => {
    await expect(retrying(policy, failing([kind]))).rejects.toThrow(kind);
  });

  test('where it is refused, only for propagationMs', async () => {
    const many = Array<FailureKind>(5).fill('refused');
    expect(await retrying({ ...policy, propagationMs: 60_000 }, failing(many))).toBe('done');
    await expect(retrying({ ...policy, propagationMs: 0 }, failing(many))).rejects.toThrow('refused');
  });

  test('but our own bug is thrown at once', async () => {
    await expect(retrying(policy, () => Promise.reject(new TypeError('bug')))).rejects.toThrow(TypeError);
  });
});

test('an attempt on which nothing moves is given up; one that moves may take longer', async () => {
  const impatient = { ...policy, idleTimeoutMs: 40, attemptsMax: 1 };
  const idle = retrying(impatient, ({ signal }) => aborted(signal));
  await expect(idle).rejects.toMatchObject({ kind: 'transient', code: 'IdleTimeout' });
  const moving = retrying(impatient, async (attempt) => {
    for (let step = 0; step < 10; step += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      attempt.touch();
    }
    return 'done';
  });
  expect(await moving).toBe('done');
});

test('a stopped run ends the attempt and the pause between two', async () => {
  const reason = new Error('stopped');
  const controller = new AbortController();
  const waiting = retrying(policy, ({ signal }) => aborted(signal), controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  const later = new AbortController();
  const patient = { ...policy, retryDelayMs: 60_000, retryDelayMsMax: 60_000 };
  const pausing = retrying(
    patient,
    () => {
      setImmediate(() => later.abort(reason));
      return Promise.reject(new Failure({ kind: 'transient', message: 'x' }));
    },
    later.signal,
  );
  await expect(pausing).rejects.toBe(reason);
});

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

describe('the pause', () => {
  const pause = (attempts: number, random: number, retryAfterMs?: number) =>
    backoffMs({
      attempts,
      failure: { retryAfterMs },
      policy: { retryDelayMs: 200, retryDelayMsMax: 1000 },
      random: () => random,
    });

  test('doubles up to its limit, between half and all of it by chance', () => {
    expect([1, 2, 3, 4, 20].map((attempts) => pause(attempts, 1))).toEqual([200, 400, 800, 1000, 1000]);
    expect([1, 2, 3].map((attempts) => pause(attempts, 0))).toEqual([100, 200, 400]);
  });

  test('is at least what the provider asks for, within reason', () => {
    expect(pause(1, 0, 5_000)).toBe(5_000);
    expect(pause(1, 0, 10_000_000)).toBe(retryAfterMsMax);
    expect(pause(3, 1, 10)).toBe(800);
  });
});
