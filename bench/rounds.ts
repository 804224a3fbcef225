import type { Usage } from './measured-process.ts';

/** So often each contestant runs: enough that one of its runs is left alone by whatever else the machine does. */
const rounds = 5;

/**
 * Has the contestants run one after the other, five times, and returns of each the run that took the least processor time: what disturbs a
 * run only ever adds. Every other round goes the other way, for a run leaves the machine to the next as it made it: none always follows
 * the same one. Undefined for one that cannot be measured.
 */
export async function bestRuns<Name extends string>(
  contestants: Readonly<Record<Name, () => Promise<Usage | undefined>>>,
): Promise<Readonly<Record<Name, Usage | undefined>>> {
  const best: Partial<Record<Name, Usage>> = {};
  for (let round = 0; round < rounds; round += 1) {
    const names = Object.keys(contestants) as Name[];
    for (const name of round % 2 === 0 ? names : names.reverse()) {
      const run = await contestants[name]();
      const before = best[name];
      if (run !== undefined && (before === undefined || run.cpuSeconds < before.cpuSeconds)) best[name] = run;
    }
  }
  return best as Readonly<Record<Name, Usage | undefined>>;
}
