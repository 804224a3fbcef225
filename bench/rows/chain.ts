import { z } from 'zod';
import { benchRow, type Benchmark } from '../benchmark.ts';
import { inTemporarySandbox } from '../temporary-sandbox.ts';
import { fastestOf } from '../timed-command.ts';

const runsOfNothing = 3;

const smokeReportsSchema = z.array(z.object({ kind: z.string(), durationMs: z.number() }));

/** The commands that people wait for, timed from the shell: a deploy in the sandbox, one that changes nothing, the smoke test. */
export const benchmark: Benchmark = {
  name: 'chain',
  about: 'up, an up that changes nothing, and the smoke test, in a sandbox of their own',
  run: () =>
    inTemporarySandbox(async (sluice) => {
      // The first deploy also makes the stack and fills the caches: it is not what a target speaks of.
      await sluice(['up', '--no-post-deploy']);
      const nothing = await fastestOf(runsOfNothing, () => sluice(['up', '--no-post-deploy']));
      const smoke = smokeReportsSchema.parse(JSON.parse((await sluice(['smoke', 'media', '--json'])).stdout));
      await sluice(['destroy']);
      const everything = await sluice(['up', '--no-post-deploy']);
      return [
        row('up, everything to create', everything.seconds, 6),
        row('up, nothing to change', nothing.seconds, 3),
        row('smoke of one migration', Math.max(...smoke.map(({ durationMs }) => durationMs)) / 1000, 2),
      ];
    }),
};

function row(name: string, seconds: number, atMost: number) {
  return benchRow({ name, unit: 's', ours: seconds, better: 'lower', target: { of: 'ours', atMost } });
}
