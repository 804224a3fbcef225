/**
 * `npm run bench`: what sluice's speed is, as ratios to its peers in one run on one machine.
 *
 *   npm run bench                           every row
 *   npm run bench -- --only small-objects   one of them
 *   npm run bench -- --keys 1000000 --json  more keys to list; one JSON array on stdout
 */
import { Command, InvalidArgumentError } from 'commander';
import { table } from 'table';
import type { BenchRow } from '../bench/benchmark.ts';
import { benchmarkNames, findBenchmark } from '../bench/benchmarks.ts';
import { exitCodes } from '../base/user-error.ts';
import { narrate, printResult } from './output.ts';

interface BenchFlags {
  readonly only?: string;
  readonly keys: number;
  readonly json?: boolean;
}

await new Command('bench')
  .description('Measure speed, as ratios to its peers in one run on one machine.')
  .option('--only <name>', `one of ${benchmarkNames.join(', ')}`, parseName)
  .option('--keys <count>', 'keys that are listed and planned', parseCount, 100_000)
  .option('--json', 'as one JSON array')
  .action(run)
  .parseAsync();

async function run({ only, keys, json = false }: BenchFlags): Promise<void> {
  const rows: BenchRow[] = [];
  for (const name of only === undefined ? benchmarkNames : [only]) {
    const benchmark = (await findBenchmark(name))?.benchmark;
    if (benchmark === undefined) continue;
    narrate(`${name}: ${benchmark.about}`);
    rows.push(...(await benchmark.run({ keys, narrate })));
  }
  printResult(rows, render, { json });
  if (rows.some(({ met }) => met === false)) process.exitCode = exitCodes.failed;
}

function render(rows: readonly BenchRow[]): string {
  const lines = rows.map(({ name, unit, ours, peer, ratio, target, met }) => [
    name,
    unit,
    digits(ours),
    peer === null ? '-' : digits(peer),
    ratio === null ? '-' : ratio.toFixed(2),
    target ?? '-',
    met === null ? '-' : met ? 'yes' : 'no',
  ]);
  return table([['what', 'unit', 'ours', 'peer', 'ratio', 'target', 'met'], ...lines]);
}

function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}

function parseName(name: string): string {
  if (benchmarkNames.includes(name)) return name;
  throw new InvalidArgumentError(`There is ${benchmarkNames.join(', ')}.`);
}

function parseCount(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number above 0.');
}
