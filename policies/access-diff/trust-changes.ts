import type { AccessFileCredential } from '../access-file.ts';
import type { AccessChange } from './change.ts';
import { changeOfAll } from './quiet-changes.ts';

/**
 * What changes about who may hold a credential. Somebody new gains its whole reach, somebody who is gone loses it.
 *
 * | before | after  | verdict                                                                           |
 * | ------ | ------ | --------------------------------------------------------------------------------- |
 * | user   | role   | widens: everybody whom the role trusts is new                                     |
 * | role   | user   | widens: whoever has the key, for as long as it lives                              |
 * | role   | role   | an added principal or GitHub subject widens, a removed one narrows                |
 * | role   | role   | the same people by another trust policy: widens, since what it means is not known |
 */
export function trustChange(before: AccessFileCredential, after: AccessFileCredential): AccessChange | undefined {
  const [was, is] = [before.role, after.role];
  if (was === undefined && is === undefined) return undefined;
  if (is === undefined) return changeOfAll(after, 'widens', ['a user with a key in place of a role']);
  const [had, has] = [trusted(before), trusted(after)];
  const gained = has.filter((name) => !had.includes(name));
  const lost = had.filter((name) => !has.includes(name));
  const notes = [
    ...(was === undefined ? ['a role in place of a user with a key'] : []),
    ...gained.map((name) => `now also for ${name}`),
    ...lost.map((name) => `no longer for ${name}`),
  ];
  if (gained.length > 0) return changeOfAll(after, 'widens', notes);
  if (lost.length > 0) return changeOfAll(after, 'narrows', notes);
  if (JSON.stringify(was?.trustPolicy) === JSON.stringify(is.trustPolicy)) return undefined;
  return changeOfAll(after, 'widens', ['its trust policy changed, though it names the same principals and subjects']);
}

function trusted({ role }: AccessFileCredential): readonly string[] {
  return [...(role?.principals ?? []), ...(role?.githubSubjects ?? [])];
}
