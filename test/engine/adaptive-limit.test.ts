import { AdaptiveLimit } from '../../engine/adaptive-limit.ts';

/** A provider that answers after `latencyMs`, no more than `perSecondMax`, and refuses what is beyond `atOnceMax`. */
function provider({ latencyMs = 100, perSecondMax = Infinity, atOnceMax = Infinity }) {
  let time = 0;
  const now = () => time;
  return {
    now,
    busyShare: () => 0,
    /** Serves as many requests as the limit lets through, for so long. */
    serve(limit: AdaptiveLimit, milliseconds: number, { always = true } = {}) {
      const until = time + milliseconds;
      while (time < until) {
        time += Math.max(latencyMs / limit.limit, 1000 / perSecondMax);
        if (always) limit.full();
        if (limit.limit > atOnceMax) limit.throttled();
        else limit.finished(4096);
      }
    },
  };
}

describe('a limit on requests at once', () => {
  test('begins small and climbs to its maximum while more requests bring more', () => {
    const far = provider({});
    const limit = new AdaptiveLimit({ start: 16, max: 256, ...far });
    expect(limit.limit).toBe(16);
    far.serve(limit, 10_000);
    expect(limit.limit).toBe(256);
  });

  test('stays where more requests bring nothing more', () => {
    const slow = provider({ perSecondMax: 400 });
    const limit = new AdaptiveLimit({ start: 16, max: 256, ...slow });
    slow.serve(limit, 60_000);
    // 40 at once use all that it serves; a step above that is what finding out costs.
    expect(limit.limit).toBeGreaterThanOrEqual(36);
    expect(limit.limit).toBeLessThanOrEqual(81);
  });

  test('does not climb while the thread itself has no time left, and climbs when it has', () => {
    const far = provider({});
    let busyShare = 0.95;
    const limit = new AdaptiveLimit({ start: 16, max: 256, ...far, busyShare: () => busyShare });
    far.serve(limit, 10_000);
    expect(limit.limit).toBe(16);
    busyShare = 0.3;
    far.serve(limit, 10_000);
    expect(limit.limit).toBe(256);
  });

  test('is no small one for long where answers are far away', () => {
    const far = provider({ latencyMs: 200 });
    const limit = new AdaptiveLimit({ start: 4, max: 256, ...far });
    // Two windows, of as many answers as it takes to judge one.
    far.serve(limit, 850);
    expect(limit.limit).toBe(32);
  });

  test('does not climb for what warm code brings by itself, and climbs where the thread gets more to do', () => {
    const near = provider({ latencyMs: 1 });
    const limit = new AdaptiveLimit({ start: 8, max: 256, ...near, busyShare: () => 0.7 });
    near.serve(limit, 1000);
    expect(limit.limit).toBe(8);

    // Twice as many requests give the thread twice as much to do, until it is busy.
    const share = (): number => Math.min(0.95, limitWithShare.limit * 0.05);
    const limitWithShare: AdaptiveLimit = new AdaptiveLimit({ start: 8, max: 256, ...near, busyShare: share });
    near.serve(limitWithShare, 5000);
    expect(limitWithShare.limit).toBe(32);
  });

  test('does not climb where nobody waits', () => {
    const idle = provider({});
    const limit = new AdaptiveLimit({ start: 16, max: 256, ...idle });
    idle.serve(limit, 10_000, { always: false });
    expect(limit.limit).toBe(16);
  });

  test('backs off where the provider refuses, and stays near what it takes', () => {
    const strict = provider({ atOnceMax: 50 });
    const limit = new AdaptiveLimit({ start: 16, max: 256, ...strict });
    strict.serve(limit, 60_000);
    expect(limit.limit).toBeLessThanOrEqual(81);
    expect(limit.limit).toBeGreaterThanOrEqual(25);
  });

  test('takes a burst of refusals for one, and never falls below two', () => {
    let time = 0;
    const limit = new AdaptiveLimit({ start: 100, max: 256, now: () => time });
    for (let refusals = 0; refusals < 50; refusals += 1) limit.throttled();
    expect(limit.limit).toBe(70);
    for (; time < 60_000; time += 1000) limit.throttled();
    expect(limit.limit).toBe(2);
  });

  test('climbs again within minutes when a provider refuses nothing any more, also where each request takes long', () => {
    const slow = provider({ latencyMs: 10_000 });
    const limit = new AdaptiveLimit({ start: 2, max: 256, ...slow });
    limit.throttled();
    slow.serve(limit, 300_000);
    expect(limit.limit).toBeGreaterThanOrEqual(64);
  });

  test('pauses for as long as the provider asks, within reason', () => {
    let time = 0;
    const limit = new AdaptiveLimit({ start: 16, max: 256, now: () => time });
    limit.throttled(3000);
    expect(limit.pauseMs).toBe(3000);
    time = 2999;
    expect(limit.pauseMs).toBe(1);
    time = 3000;
    expect(limit.pauseMs).toBe(0);
    limit.throttled(86_400_000);
    expect(limit.pauseMs).toBe(20_000);
  });

  test('of one stays one', () => {
    const limit = new AdaptiveLimit({ start: 16, max: 1 });
    limit.throttled();
    expect(limit.limit).toBe(1);
  });
});
