import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchRow, type Benchmark } from '../benchmark.ts';
import { fastestOf, timedCommand } from '../timed-command.ts';

const runs = 5;

/** The widest policy there is: every action that a service knows is held against what operations need. */
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** The audit of one policy, timed from the shell, start of the program included. */
export const benchmark: Benchmark = {
  name: 'access-audit',
  about: 'the audit of a policy that allows everything',
  async run() {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    try {
      const file = join(directory, 'policy.json');
      await writeFile(file, JSON.stringify(everything));
      const words = ['access', 'audit', file, '--bucket', 'media', '--json'];
      const { seconds } = await fastestOf(runs, () => timedCommand(words));
      const target = { of: 'ours', atMost: 0.5 } as const;
      return [benchRow({ name: 'access audit', unit: 's', ours: seconds, better: 'lower', target })];
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};
