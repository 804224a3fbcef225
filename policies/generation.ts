/** Which of a credential's two places a generation lives in, so that two generations can live during a rotation. */
export const slots = ['a', 'b'] as const;
export type Slot = (typeof slots)[number];

/** One generation of a credential as configuration declares it. Dates are `YYYY-MM-DD`, UTC. */
export interface Generation {
  /** 1, 2, 3 ..; raised by one at each rotation. */
  readonly generation: number;
  readonly issuedOn: string;
  /** Midnight UTC at which the credential stops working; absent where the configuration says `neverExpires`. */
  readonly expiresOn?: string;
}

/** The generations that are deployed: one, or two while a rotation is under way. */
export interface Generations {
  readonly current: Generation;
  readonly previous?: Generation;
  /** Why the current generation has no `expiresOn`; present exactly where it has none. */
  readonly neverExpires?: string;
}

/** Odd generations live in slot `a`, even ones in `b`. */
export function slotOf(generation: number): Slot {
  return generation % 2 === 1 ? 'a' : 'b';
}
