import { outcomeOfError, requestGate } from '../../engine/request-gate.ts';
import { retrying, type Attempt } from '../../engine/retry.ts';
import { tuningDefault } from '../../engine/tuning.ts';

const done = { kind: 'done', bytes: 0 } as const;

test('a gate lets as many through as its limit says, and the others in their order', async () => {
  const gate = requestGate({ start: 2, max: 2 });
  expect([gate.enter(), gate.enter()]).toEqual([undefined, undefined]);
  const order: string[] = [];
  const third = gate.enter()?.then(() => order.push('third'));
  const fourth = gate.enter()?.then(() => order.push('fourth'));
  gate.leave(done);
  await third;
  expect(order).toEqual(['third']);
  gate.leave({ kind: 'other' });
  await fourth;
  gate.leave(done);
  gate.leave(done);
  expect(gate.enter()).toBeUndefined();
  gate.leave(done);
});

test('whoever is stopped while waiting gives up the place in the queue', async () => {
  const gate = requestGate({ start: 1, max: 1 });
  expect(gate.enter()).toBeUndefined();
  const controller = new AbortController();
  const stopped = retrying(tuningDefault, async (attempt) => gate.enter(attempt), controller.signal);
  const later = gate.enter();
  controller.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  gate.leave(done);
  await later;
  gate.leave(done);
  expect(gate.enter()).toBeUndefined();
  gate.leave(done);
});

test('after a Retry-After nobody goes before its time', async () => {
  const gate = requestGate({ start: 4, max: 4 });
  expect(gate.enter()).toBeUndefined();
  gate.leave({ kind: 'throttled', retryAfterMs: 150 });
  const startedAt = performance.now();
  await gate.enter();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(140);
  gate.leave(done);
});

test('waiting is no idleness: an attempt that waits long is told to go on', async () => {
  const gate = requestGate({ start: 1, max: 1 });
  expect(gate.enter()).toBeUndefined();
  let touched: (() => void) | undefined;
  const kept = new Promise<void>((resolve) => (touched = resolve));
  const attempt: Attempt = { signal: new AbortController().signal, touch: () => touched?.() };
  const waiting = gate.enter(attempt);
  await kept;
  gate.leave(done);
  await waiting;
  gate.leave(done);
});

describe('a request without an answer', () => {
  test.each(['IdleTimeout', 'ConnectionClosed', 'ECONNRESET', 'UND_ERR_SOCKET'])('counts as too much: %s', (code) => {
    expect(outcomeOfError(Object.assign(new Error('lost'), { code }))).toEqual({ kind: 'throttled' });
  });

  test.each([new Error('stopped'), Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), 'stopped'])(
    'says nothing about it otherwise: %s',
    (error) => {
      expect(outcomeOfError(error)).toEqual({ kind: 'other' });
    },
  );

  test('makes room for fewer', async () => {
    const lost = Object.assign(new Error('lost'), { code: 'ECONNRESET' });
    const gate = requestGate({ start: 4, max: 4 });
    for (let index = 0; index < 4; index += 1) expect(gate.enter()).toBeUndefined();
    for (let index = 0; index < 4; index += 1) gate.leave(outcomeOfError(lost));
    expect([gate.enter(), gate.enter()]).toEqual([undefined, undefined]);
    const third = gate.enter();
    expect(third).toBeDefined();
    gate.leave(done);
    await third;
    gate.leave(done);
    gate.leave(done);
  });
});
