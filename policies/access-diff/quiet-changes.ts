import { abilities, type Ability } from '../ability.ts';
import type { AccessFileCredential } from '../access-file.ts';
import type { AccessChange } from './change.ts';

/** A credential that never dies gives its whole reach for longer than anybody looks. */
export function lifetimeChange(before?: AccessFileCredential, after?: AccessFileCredential): AccessChange | undefined {
  if (after?.neverExpires === undefined || before?.neverExpires !== undefined) return undefined;
  return {
    ...quiet(after),
    kind: 'widens',
    widened: ordered(after.abilities),
    notes: [`never expires: ${after.neverExpires}`],
  };
}

/** What changes although nobody reaches more or less: a new generation, or what the migration asks for. */
export function quietChanges(before: AccessFileCredential, after: AccessFileCredential): readonly AccessChange[] {
  const notes: string[] = [];
  const [was, is] = [numbers(before), numbers(after)];
  const gained = after.abilities.filter((ability) => !before.abilities.includes(ability));
  if (gained.length > 0) notes.push(`now asks for ${gained.join(', ')}, which its credential could already`);
  const lost = before.abilities.filter((ability) => !after.abilities.includes(ability));
  if (lost.length > 0) notes.push(`no longer asks for ${lost.join(', ')}, which its credential still can`);
  const rotates = was !== is || JSON.stringify(before.generations) !== JSON.stringify(after.generations);
  if (rotates) notes.push(was === is ? 'dates changed' : `generation ${was} -> ${is}`);
  if (notes.length === 0) return [];
  return [{ ...quiet(after), kind: rotates ? 'rotates' : 'noted', notes }];
}

/** A credential's line in a review where nothing changes of what it reaches. */
export function quiet(credential: AccessFileCredential): AccessChange {
  const { access, location, where, abilities: held, excess } = credential;
  // What its holder reaches there, asked for or not.
  const same = ordered([...held, ...excess.map(({ ability }) => ability)]);
  return {
    access,
    provider: location.provider,
    where,
    kind: 'noted',
    before: same,
    after: same,
    widened: [],
    narrowed: [],
    ...expiry(credential),
    notes: [],
  };
}

/** A change beside the policy: whoever gains or loses by it does so with all that the credential reaches. */
export function changeOfAll(
  after: AccessFileCredential,
  kind: 'widens' | 'narrows',
  notes: readonly string[],
): AccessChange {
  const held = ordered(after.abilities);
  return {
    ...quiet(after),
    kind,
    widened: kind === 'widens' ? held : [],
    narrowed: kind === 'narrows' ? held : [],
    notes,
  };
}

function numbers({ generations }: AccessFileCredential): string {
  return generations.map(({ generation }) => generation).join(' + ');
}

/** When the credential stops working, as the table shows it; nothing where the file has no dates. */
export function expiry(credential: AccessFileCredential | undefined): { readonly expiresOn?: string } {
  if (credential?.neverExpires !== undefined) return { expiresOn: 'never' };
  const expiresOn = credential?.generations[0]?.expiresOn;
  return expiresOn === undefined ? {} : { expiresOn };
}

/** Abilities in the order of the table, without repeats. */
export function ordered(held: Iterable<Ability>): readonly Ability[] {
  const all = new Set(held);
  return abilities.filter((ability) => all.has(ability));
}
