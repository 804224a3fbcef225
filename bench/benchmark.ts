/** One line of the bench's table. Plain data: what `npm run bench -- --json` prints. */
export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** What the same work takes by another way, in the same run; null where there is none or it is not installed. */
  readonly peer: number | null;
  /** How many times better than the peer: above 1 is better, whether the unit is a speed or a cost. */
  readonly ratio: number | null;
  /** In words; null where the row only informs. */
  readonly target: string | null;
  /** Null where the target cannot be judged without the peer. */
  readonly met: boolean | null;
}

/** What of a row has to hold. */
export interface Target {
  readonly of: 'ratio' | 'ours';
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface BenchOptions {
  /** Keys of the listing row. */
  readonly keys: number;
  /** Where narration goes: how busy the server was, what is missing. */
  readonly narrate: (line: string) => void;
}

/** One measurement: the rows it gives, and the work it does in processes of its own. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
  run(options: BenchOptions): Promise<BenchRow[]>;
}

/** Completes a row: `better` says which way its unit counts. */
export function benchRow({
  name,
  unit,
  ours,
  peer,
  better,
  target,
}: {
  name: string;
  unit: string;
  ours: number;
  peer?: number | undefined;
  better: 'higher' | 'lower';
  target?: Target;
}): BenchRow {
  const ratio = peer === undefined ? null : better === 'higher' ? ours / peer : peer / ours;
  return {
    name,
    unit,
    ours,
    peer: peer ?? null,
    ratio,
    target: target === undefined ? null : renderTarget(target),
    met: target === undefined ? null : meets(target.of === 'ours' ? ours : ratio, target),
  };
}

function meets(value: number | null, { atLeast = -Infinity, atMost = Infinity }: Target): boolean | null {
  return value === null ? null : value >= atLeast && value <= atMost;
}

function renderTarget({ of, atLeast, atMost }: Target): string {
  const bounds = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ];
  return `${of} ${bounds.join(', ')}`;
}
