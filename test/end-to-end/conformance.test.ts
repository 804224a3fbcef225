import { scenarios } from '../../scripts/conformance/clients.ts';
import { cachedPrograms } from '../../scripts/conformance/programs.ts';
import { runScenarios } from '../../scripts/conformance/run.ts';
import { openSandboxWorld } from '../../scripts/conformance/sandbox-world.ts';
import { isAsExpected } from '../../scripts/conformance/step.ts';
import type { OpenWorld } from '../../scripts/conformance/world.ts';

// Hundreds of requests, and for some clients as many processes, beside other tests; the first run also installs them.
jest.setTimeout(600_000);

let world: OpenWorld;
beforeAll(async () => {
  world = await openSandboxWorld(cachedPrograms(() => undefined));
});
afterAll(() => world.close());

describe('X5: ordinary clients see in the sandbox what the vendors document', () => {
  test.each(scenarios.map((scenario) => [scenario.client, scenario] as const))('%s', async (_client, scenario) => {
    const rows = await runScenarios([scenario], world, ['S3', 'R2', 'API'], () => undefined);
    expect(rows).toHaveLength(scenario.rows.length);
    expect(rows.filter((row) => !isAsExpected(row))).toEqual([]);
  });
});
