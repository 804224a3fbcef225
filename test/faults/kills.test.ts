import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunOptions } from '../../engine/run.ts';
import type { Summary } from '../../engine/summary.ts';
import { checkout } from '../support/command-line.ts';
import { dice, thorough } from './dice.ts';
import { snapshot, violations } from './oracle.ts';
import { acknowledgedWrites, type FaultySides, faultySides, tuning } from './sides.ts';

jest.setTimeout(thorough ? 30 * 60_000 : 120_000);

const kills = thorough ? 200 : 4;
/** Requests of a whole run, roughly: moments beyond the end are runs that were not killed. */
const requestsOfARun = 110;

/** Runs in a process of its own, killed without warning at its `killAt`th request; the summary where it came to its end. */
async function runChild(sides: FaultySides, options: RunOptions, killAt: number): Promise<Summary | undefined> {
  const child = spawn(process.execPath, [join(checkout, 'test/engine/journal/run-child.ts')], {
    env: { ...process.env, RUN_OPTIONS: JSON.stringify(options) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = 0;
  for (const side of [sides.source, sides.destination]) {
    side.proxy.fault = () => {
      seen += 1;
      if (seen === killAt) child.kill('SIGKILL');
      return undefined;
    };
  }
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return exitCode === 0 ? (JSON.parse(printed) as Summary) : undefined;
}

const cutShort = { complete: false, failures: [{ key: '', because: 'killed' }] };

test.each(['copy', 'sync'] as const)(
  `P1 a %s that is killed at any of ${kills} random moments holds at once, and again when it went on to its end`,
  async (operation) => {
    const chance = dice(operation === 'copy' ? 1 : 2);
    let killed = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const sides = await faultySides();
      const directory = await mkdtemp(join(tmpdir(), 'sluice-kills-'));
      try {
        const options: RunOptions = {
          operation,
          source: sides.source.place(),
          destination: sides.destination.place(),
          deletesMaxPercent: 100,
          journal: { directory, pageKeys: 10 },
          tuning,
          concurrency: 4,
          threads: kill % 2 === 0 ? 0 : 2,
        };
        const judge = async (summary: Pick<Summary, 'complete' | 'failures'>) =>
          violations({
            operation,
            source: [sides.before.source],
            destination: { before: sides.before.destination, after: await snapshot(sides.destination) },
            acknowledged: acknowledgedWrites(sides.destination),
            summary,
          });
        const killAt = chance.between(1, requestsOfARun);
        const first = await runChild(sides, options, killAt);
        if (first === undefined) killed += 1;
        expect({ killAt, violations: await judge(first ?? cutShort) }).toEqual({ killAt, violations: [] });
        const second = await runChild(sides, options, -1);
        expect(second).toMatchObject({ complete: true, failures: [] });
        expect({ killAt, violations: await judge(second ?? cutShort) }).toEqual({ killAt, violations: [] });
        expect(await snapshot(sides.source)).toEqual(sides.before.source);
      } finally {
        await sides.close();
        await rm(directory, { recursive: true, force: true });
      }
    }
    expect(killed).toBeGreaterThan(kills / 2);
  },
);
