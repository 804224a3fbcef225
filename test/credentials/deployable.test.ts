import { UserError } from '../../base/user-error.ts';
import { checkDeployable } from '../../credentials/deployable.ts';
import type { Generations } from '../../policies/generation.ts';
import { pair } from './generations.ts';

const where = 'migrations[0].source.credential';
const check = (configured: Generations, deployed: Generations | undefined) => () =>
  checkDeployable(configured, deployed, where);

describe('X3, R8: a generation can be deployed when', () => {
  test.each([
    ['it is the first of a new stack', pair(1), undefined],
    ['its stack was destroyed before', pair(5), undefined],
    ['it is the deployed one', pair(1), pair(1)],
    ['both are the deployed ones', pair(2, 1), pair(2, 1)],
    ['it is the next and the deployed one stays as previous', pair(2, 1), pair(1)],
    ['it drops the previous one', pair(2), pair(2, 1)],
  ])('%s', (_name, configured, deployed) => expect(check(configured, deployed)).not.toThrow());
});

describe('X3, R8: a generation is refused when', () => {
  const moved = { current: pair(2).current, previous: { generation: 1, issuedOn: '2026-10-10' } };
  test.each([
    ['there is no previous generation to keep', pair(2, 1), undefined, 'remove previous'],
    ['the living one would die before anyone has the next', pair(2), pair(1), 'add previous: { generation: 1'],
    ['its previous is dead already', pair(2, 1), pair(2), 'no longer deployed'],
    ['its slot is still lived in', pair(3, 2), pair(2, 1), 'finish the rotation to 2 first'],
    ['its slot is still lived in and it would drop both', pair(3), pair(2, 1), 'finish the rotation to 2 first'],
    ['it goes back', pair(1), pair(2, 1), 'current must be generation 2, or 3 to rotate'],
    ['it skips one', pair(3, 2), pair(1), 'current must be generation 1, or 2 to rotate'],
    ['its previous is not the one before', pair(3, 1), pair(3, 2), 'previous can only be generation 2'],
    ['a start gives the old one another date', moved, pair(1), 'write issuedOn: "2026-01-01"'],
    ['a repeated deploy gives the old one another date', moved, pair(2, 1), 'write issuedOn: "2026-01-01"'],
  ])('%s', (_name, configured, deployed, words) => {
    expect(check(configured, deployed)).toThrow(UserError);
    expect(check(configured, deployed)).toThrow(words);
    expect(check(configured, deployed)).toThrow(where);
  });
});
