import { dice, thorough } from './dice.ts';
import { scenarios } from './scenarios.ts';
import { faultySides, tuning } from './sides.ts';

jest.setTimeout(thorough ? 20 * 60_000 : 120_000);

/** Each finds other requests to spoil. */
const seeds = Array.from({ length: thorough ? 20 : 1 }, (_, index) => index + 1);

describe.each(['copy', 'sync'] as const)('a %s comes through, nothing lost and nothing foreign:', (operation) => {
  test.each(scenarios.map(({ id, title, ...told }) => ({ id, title, told })))('$id $title', async ({ told }) => {
    let spoiled = 0;
    for (const seed of seeds) {
      const sides = await faultySides();
      try {
        const chance = dice(seed);
        for (const side of ['source', 'destination'] as const) {
          const misbehave = told[side]?.(chance);
          sides[side].proxy.fault = (request) => {
            const fault = misbehave?.(request);
            if (fault !== undefined) spoiled += 1;
            return fault;
          };
        }
        const { idleTimeoutMs, threads } = told;
        const patience = idleTimeoutMs === undefined ? tuning : { ...tuning, idleTimeoutMs };
        const { summary, violations } = await sides.run(operation, { tuning: patience, threads });
        expect({ seed, violations, failures: summary.failures }).toEqual({ seed, violations: [], failures: [] });
        // Whatever was begun in parts is completed or taken away again.
        expect(sides.destination.endpoint.world.uploads('the-bucket').flatMap(({ parts }) => parts)).toEqual([]);
      } finally {
        await sides.close();
      }
    }
    expect(spoiled).toBeGreaterThan(0);
  });
});
