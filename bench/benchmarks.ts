import type { Benchmark } from './benchmark.ts';

/** A row's work that is measured: it runs in a process of its own and returns how much it did. */
export type Job = (input: unknown) => Promise<number>;

interface BenchmarkModule {
  readonly benchmark: Benchmark;
  readonly jobs?: Readonly<Record<string, Job>>;
}

/** Every row, in the order of the table. Loaded when it runs, so that a measured process holds nothing but its own row. */
const modules: Readonly<Record<string, () => Promise<BenchmarkModule>>> = {
  'small-objects': () => import('./rows/small-objects.ts'),
  'large-objects': () => import('./rows/large-objects.ts'),
  'huge-object': () => import('./rows/huge-object.ts'),
  'list-and-plan': () => import('./rows/list-and-plan.ts'),
  'far-away': () => import('./rows/far-away.ts'),
  threads: () => import('./rows/threads.ts'),
  directory: () => import('./rows/directory.ts'),
  signing: () => import('./rows/signing.ts'),
  evaluator: () => import('./rows/evaluator.ts'),
  'access-diff': () => import('./rows/access-diff.ts'),
  'access-audit': () => import('./rows/access-audit.ts'),
  sandbox: () => import('./rows/sandbox.ts'),
  guardrails: () => import('./rows/guardrails.ts'),
  chain: () => import('./rows/chain.ts'),
};

export const benchmarkNames = Object.keys(modules);

/** The benchmark of this name; undefined where there is none. */
export async function findBenchmark(name: string): Promise<BenchmarkModule | undefined> {
  return modules[name]?.();
}
