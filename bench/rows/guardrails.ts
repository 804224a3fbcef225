import { benchRow, type Benchmark } from '../benchmark.ts';
import { inTemporarySandbox } from '../temporary-sandbox.ts';
import { fastestOf } from '../timed-command.ts';

const runs = 3;

/** What the policy pack adds to a preview that finds nothing to change. */
export const benchmark: Benchmark = {
  name: 'guardrails',
  about: 'a preview with the guardrails and one without, in a sandbox of their own',
  run: () =>
    inTemporarySandbox(async (sluice) => {
      await sluice(['up', '--no-post-deploy']);
      const without = await fastestOf(runs, () => sluice(['pulumi', 'preview', '--stack', 'dev']));
      const guarded = await fastestOf(runs, () => sluice(['preview']));
      const added = Math.max(0, guarded.seconds - without.seconds);
      const target = { of: 'ours', atMost: 1.5 } as const;
      return [benchRow({ name: 'guardrails, added to a preview', unit: 's', ours: added, better: 'lower', target })];
    }),
};
