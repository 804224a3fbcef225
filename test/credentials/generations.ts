import type { Generation, Generations } from '../../policies/generation.ts';

/** Generations by number alone; every number has a date of its own. */
export function pair(current: number, previous?: number): Generations {
  return { current: one(current), ...(previous === undefined ? {} : { previous: one(previous) }) };
}

function one(generation: number): Generation {
  return { generation, issuedOn: `2026-${String(generation).padStart(2, '0')}-01` };
}
