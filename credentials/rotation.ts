import type { Generation, Generations } from '../policies/generation.ts';
import { addDays } from './calendar.ts';

/**
 * The steps of a rotation without downtime. Each step is one deploy of a changed configuration:
 *
 *     generation   n    n+1
 *     start        ■     ■      both live: consumers move from n to n+1
 *     finish             ■      n is dead
 */
export type RotationStep =
  /** Both generations will live: `write` has the next one as current and the old one, dates untouched, as previous. */
  | { readonly kind: 'start'; readonly write: Generations }
  /** The old generation will die: `write` no longer has it. */
  | { readonly kind: 'finish'; readonly write: Generations }
  /** The configuration already says more than is deployed: deploying it as it stands is the next step. */
  | { readonly kind: 'deploy'; readonly because: string };

/**
 * What a rotation of one credential does next.
 *
 * | deployed        | configured      | step   |
 * | --------------- | --------------- | ------ |
 * | nothing         | any             | deploy |
 * | n               | n               | start  |
 * | n, previous n-1 | the same        | finish |
 * | n               | another pair    | deploy |
 *
 * `today` is `YYYY-MM-DD`, UTC; `ttlDays` absent means that the new generation never expires. Whether a pair that
 * differs from the deployed one may be deployed is `checkDeployable`'s to say.
 */
export function nextStep(options: {
  readonly configured: Generations;
  readonly deployed: Generations | undefined;
  readonly today: string;
  readonly ttlDays?: number;
}): RotationStep {
  const { configured, deployed } = options;
  if (deployed === undefined) return { kind: 'deploy', because: 'nothing is deployed yet' };
  if (!sameNumbers(configured, deployed)) {
    return { kind: 'deploy', because: `deployed is ${inWords(deployed)}, configured ${inWords(configured)}` };
  }
  if (configured.previous !== undefined) return { kind: 'finish', write: { current: configured.current } };
  return { kind: 'start', write: { current: successor(options), previous: configured.current } };
}

/** `generation 2`, or `generation 2 with 1 as previous`. */
export function inWords({ current, previous }: Generations): string {
  return `generation ${current.generation}${previous === undefined ? '' : ` with ${previous.generation} as previous`}`;
}

function successor(options: {
  readonly configured: Generations;
  readonly today: string;
  readonly ttlDays?: number;
}): Generation {
  const generation = options.configured.current.generation + 1;
  const { today, ttlDays } = options;
  if (ttlDays === undefined) return { generation, issuedOn: today };
  return { generation, issuedOn: today, expiresOn: addDays(today, ttlDays) };
}

function sameNumbers(left: Generations, right: Generations): boolean {
  return (
    left.current.generation === right.current.generation && left.previous?.generation === right.previous?.generation
  );
}
