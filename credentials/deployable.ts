import { UserError } from '../base/user-error.ts';
import type { Generations } from '../policies/generation.ts';
import { inWords } from './rotation.ts';

/**
 * Throws a `UserError` when deploying `configured` over `deployed` would cut off whoever uses a living generation, or
 * bring back a number that is dead. `where` is the credential's path in the configuration.
 *
 * | deployed        | configured        | verdict                                               |
 * | --------------- | ----------------- | ----------------------------------------------------- |
 * | nothing         | n                 | deployable: a new stack, or one destroyed before      |
 * | nothing         | n, previous n-1   | refused: there is no previous generation to keep      |
 * | d               | d                 | deployable: nothing changes                           |
 * | d, previous d-1 | d, previous d-1   | deployable: nothing changes                           |
 * | d               | d+1, previous d   | deployable: starts a rotation                         |
 * | d, previous d-1 | d                 | deployable: finishes it                               |
 * | d               | d+1               | refused: d would die before anyone has d+1            |
 * | d               | d, previous d-1   | refused: d-1 is dead; a new secret would bear its name |
 * | d, previous d-1 | d+1, ..           | refused: d+1 takes the slot in which d-1 lives        |
 * | d               | below d           | refused: generations only grow                        |
 * | d               | d+2 or more       | refused: skips one                                    |
 * | d               | .., previous with another issuedOn | refused: the old credential's expiry would move |
 */
export function checkDeployable(configured: Generations, deployed: Generations | undefined, where: string): void {
  const problem = problemOf(configured, deployed);
  if (problem !== undefined) throw new UserError({ where, ...problem });
}

interface Problem {
  readonly what: string;
  readonly fix: string;
}

function problemOf(configured: Generations, deployed: Generations | undefined): Problem | undefined {
  const { current, previous } = configured;
  if (previous !== undefined && previous.generation !== current.generation - 1) {
    return {
      what: `previous is generation ${previous.generation} beside current ${current.generation}`,
      fix: `previous can only be generation ${current.generation - 1}`,
    };
  }
  if (deployed === undefined) {
    if (previous === undefined) return undefined;
    return { what: `${inWords(configured)}, but nothing is deployed`, fix: 'remove previous' };
  }
  const steps = current.generation - deployed.current.generation;
  if (steps === 0) return problemOfStaying(configured, deployed);
  if (steps === 1) return problemOfStarting(configured, deployed);
  return {
    what: `${inWords(configured)}, but deployed is ${inWords(deployed)}`,
    fix: `current must be generation ${deployed.current.generation}, or ${deployed.current.generation + 1} to rotate`,
  };
}

function problemOfStaying({ previous }: Generations, deployed: Generations): Problem | undefined {
  if (previous === undefined) return undefined;
  if (deployed.previous === undefined) {
    return {
      what: `previous is generation ${previous.generation}, which is no longer deployed`,
      fix: 'remove previous: a deploy would make a new secret under an old number',
    };
  }
  return problemOfDate(previous.issuedOn, deployed.previous.issuedOn);
}

function problemOfStarting({ current, previous }: Generations, deployed: Generations): Problem | undefined {
  const living = deployed.current;
  if (deployed.previous !== undefined) {
    return {
      what: `generation ${current.generation} would replace ${deployed.previous.generation}, which is still deployed as previous`,
      fix: `finish the rotation to ${living.generation} first: remove previous and deploy`,
    };
  }
  if (previous === undefined) {
    return {
      what: `generation ${living.generation} would be dead before anyone has ${current.generation}`,
      fix: `add previous: { generation: ${living.generation}, issuedOn: "${living.issuedOn}" } and remove it one deploy later`,
    };
  }
  return problemOfDate(previous.issuedOn, living.issuedOn);
}

function problemOfDate(configured: string, deployed: string): Problem | undefined {
  if (configured === deployed) return undefined;
  return {
    what: `previous was issued on ${deployed}, not on ${configured}; another date would move its expiry`,
    fix: `write issuedOn: "${deployed}"`,
  };
}
