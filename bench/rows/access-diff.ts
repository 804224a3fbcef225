import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes } from '../../base/user-error.ts';
import { benchRow, type Benchmark } from '../benchmark.ts';
import { type CommandOptions, fastestOf, timedCommand } from '../timed-command.ts';

const migrations = 100;
const runs = 3;

/** The review of a stack of many migrations, timed from the shell: one of them changed, and all of them. */
export const benchmark: Benchmark = {
  name: 'access-diff',
  about: `access diff of ${migrations} migrations, one changed and all`,
  async run() {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    const environment = { SLUICE_STACK_DIRECTORY: directory };
    const declare = (changed: number) => writeFile(join(directory, 'Pulumi.bench.yaml'), stackFile(changed));
    const diff = (options: CommandOptions = {}) =>
      fastestOf(runs, () =>
        timedCommand(['access', 'diff', '--base', 'HEAD', '--stack', 'bench', '--json'], { environment, ...options }),
      );
    try {
      await mkdir(join(directory, 'access'));
      await declare(0);
      await timedCommand(['access', '--stack', 'bench', '--write'], { environment });
      commitAll(directory);
      await declare(1);
      const one = await diff({ exitCode: exitCodes.accessWidens });
      await declare(migrations);
      const all = await diff({ exitCode: exitCodes.accessWidens });
      return [
        row(`access diff, 1 of ${migrations} migrations changed`, one.seconds, 1),
        row(`access diff, all of ${migrations} migrations changed`, all.seconds, 1.05),
      ];
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

/** Copies from S3 to S3, of which the first `changed` are syncs: their credentials may read and delete. JSON is YAML. */
function stackFile(changed: number): string {
  const credential = { current: { generation: 1, issuedOn: '2026-11-22' } };
  return JSON.stringify({
    config: {
      'sluice:environment': 'bench',
      'sluice:providers': { aws: { accountId: '123456789012', region: 'eu-west-1' } },
      'sluice:migrations': Array.from({ length: migrations }, (_, index) => ({
        name: `m${index}`,
        operation: index < changed ? 'sync' : 'copy',
        source: { provider: 'aws', bucket: `source-${index}`, prefix: 'uploads/', credential },
        destination: { provider: 'aws', bucket: `destination-${index}`, prefix: 'uploads/', credential },
      })),
    },
  });
}

function commitAll(directory: string): void {
  const git = (...words: string[]) => execFileSync('git', ['-C', directory, ...words], { stdio: 'ignore' });
  git('init', '--quiet');
  git('add', '.');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@example.test', 'commit', '--quiet', '--message', 'base');
}

function row(name: string, seconds: number, atMost: number) {
  return benchRow({ name, unit: 's', ours: seconds, better: 'lower', target: { of: 'ours', atMost } });
}
