import type { CloudName, Scenario, SeenRow } from './step.ts';
import type { World } from './world.ts';

/** How far a run is: steps of one client, and of all. */
export interface RunProgress {
  readonly client: string;
  readonly done: number;
  readonly total: number;
}

/** Runs scenarios on `clouds`, one after the other, so that each step's outcome is its own. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  world: World,
  clouds: readonly CloudName[],
  onProgress: (progress: RunProgress) => void,
): Promise<SeenRow[]> {
  const rowsOf = ({ rows }: Scenario): number => rows.filter(({ cloud }) => clouds.includes(cloud)).length;
  const wanted = scenarios.filter((scenario) => rowsOf(scenario) > 0);
  const total = wanted.reduce((sum, scenario) => sum + rowsOf(scenario), 0);
  const seen: SeenRow[] = [];
  let done = 0;
  for (const scenario of wanted) {
    const { client } = scenario;
    onProgress({ client, done, total });
    seen.push(...(await scenario.run(world, clouds, () => onProgress({ client, done: ++done, total }))));
  }
  return seen;
}
