import assert from 'node:assert/strict';
import type { Ability } from '../ability.ts';
import type { AccessFileCredential } from '../access-file.ts';
import { r2PermissionGroups } from '../evaluator/r2-token.ts';
import { resourcePolicyChange, spendingChange } from './account-changes.ts';
import type { AccessChange } from './change.ts';
import { satisfyingContexts, undecidedDifference } from './conditions.ts';
import { accountKey, type Place } from './place.ts';
import { type Question, questionsOf } from './questions.ts';
import { expiry, lifetimeChange, ordered, quietChanges } from './quiet-changes.ts';
import { askedIn, reachOf } from './reach.ts';
import { trustChange } from './trust-changes.ts';

/** Two versions of one credential; at least one of them stands. */
export interface CredentialVersions {
  readonly before?: AccessFileCredential | undefined;
  readonly after?: AccessFileCredential | undefined;
}

/**
 * What changes between two versions of a credential: one change for each place at which something is gained or lost. Policies are
 * decided, not compared: another order or another cut of the same statements is no change.
 */
export function credentialChanges({ before, after }: CredentialVersions): readonly AccessChange[] {
  const either = after ?? before;
  if (!either) return [];
  const reached = samePolicies(before, after) ? [] : placesChanged({ before, after }, either);
  const changes = [...withoutRepeats(reached), ...changesBeside({ before, after })];
  if (changes.length > 0) return changes;
  return before && after ? quietChanges(before, after) : [];
}

/** What changes of a credential beside its policy: its life, who becomes it, who pays for it, what other accounts let it do. */
function changesBeside({ before, after }: CredentialVersions): readonly AccessChange[] {
  const changes = [lifetimeChange(before, after)];
  if (before && after) {
    changes.push(...[trustChange, spendingChange, resourcePolicyChange].map((compare) => compare(before, after)));
  }
  return changes.filter((change) => change !== undefined);
}

function samePolicies(before?: AccessFileCredential, after?: AccessFileCredential): boolean {
  return JSON.stringify([before?.location, before?.rendered]) === JSON.stringify([after?.location, after?.rendered]);
}

/** What was found at one place. */
interface Finding {
  readonly place: Place;
  readonly before: Set<Ability>;
  readonly after: Set<Ability>;
  readonly gained: Question[];
  readonly lost: Question[];
}

function placesChanged(
  { before, after }: CredentialVersions,
  either: AccessFileCredential,
): readonly (AccessChange & { readonly place: Place })[] {
  const versions = [before, after].filter((version) => version !== undefined);
  const contexts = [{}, ...versions.flatMap(({ rendered }) => satisfyingContexts(rendered))];
  const reachBefore = reachOf(before);
  const reachAfter = reachOf(after);
  const findings = new Map<string, Finding>();
  for (const question of questionsOf(versions)) {
    const { place, ability, variation } = question;
    const key = `${accountKey(place.location)} ${place.where}`;
    let finding = findings.get(key);
    if (!finding) findings.set(key, (finding = { place, before: new Set(), after: new Set(), gained: [], lost: [] }));
    for (const asked of askedIn(question, contexts)) {
      const was = reachBefore(asked);
      const is = reachAfter(asked);
      if (was && !variation) finding.before.add(ability);
      if (is && !variation) finding.after.add(ability);
      if (is && !was) finding.gained.push(question);
      if (was && !is) finding.lost.push(question);
    }
  }
  const accounts = new Set(
    versions.flatMap(({ location, copiesFrom }) => [location, copiesFrom ?? location].map(accountKey)),
  );
  const changes = [...findings.values()]
    .filter(({ gained, lost }) => gained.length + lost.length > 0)
    .map((finding) => placeChange(finding, { before, after, either, nameAccount: accounts.size > 1 }));
  return changes.some(({ widened }) => widened.length > 0)
    ? changes
    : [...changes, ...undecidedChange({ before, after })];
}

function placeChange(
  { place, before, after, gained, lost }: Finding,
  of: CredentialVersions & { readonly either: AccessFileCredential; readonly nameAccount: boolean },
): AccessChange & { readonly place: Place } {
  const widened = ordered(gained.map(({ ability }) => ability));
  const narrowed = ordered(lost.map(({ ability }) => ability));
  const kind = widened.length > 0 ? (of.before ? 'widens' : 'new') : of.after ? 'narrows' : 'removed';
  const notes = [
    ...(of.nameAccount ? [`in account ${place.location.accountId}`] : []),
    ...finerNote('now also', gained, before),
    ...finerNote('no longer', lost, after),
    ...excessNotes(of.after, place, new Set(widened)),
  ];
  const { access } = of.either;
  const { provider } = place.location;
  const [held, holds] = [ordered(before), ordered(after)];
  return {
    access,
    provider,
    where: place.where,
    kind,
    before: held,
    after: holds,
    widened,
    narrowed,
    ...expiry(of.after),
    notes,
    place,
  };
}

/** Names the calls where the letters do not show the change: held before and after, without a letter of their own, or actions. */
function finerNote(words: string, questions: readonly Question[], letters: ReadonlySet<Ability>): readonly string[] {
  const lettered = new Set<Ability>(['list', 'read', 'write', 'delete', 'admin']);
  const hidden = questions.filter(
    ({ ability, ask, variation }) =>
      variation === undefined && ('action' in ask || letters.has(ability) || !lettered.has(ability)),
  );
  const names = [...new Set(hidden.map(({ ask }) => ('request' in ask ? ask.request.operation : ask.action)))];
  const shown = names.length > 4 ? [...names.slice(0, 4), `${names.length - 4} more`] : names;
  const plain = new Set(questions.filter(({ variation }) => !variation).map(({ ability }) => ability));
  const variations = new Set(
    questions.flatMap(({ variation, ability }) => (variation && !plain.has(ability) ? [variation] : [])),
  );
  return [
    ...(shown.length > 0 ? [`${words} ${shown.join(', ')}`] : []),
    ...[...variations].map((way) => `${words} ${way}`),
  ];
}

function excessNotes(
  after: AccessFileCredential | undefined,
  { where }: Place,
  widened: ReadonlySet<Ability>,
): readonly string[] {
  const told = (after?.excess ?? []).filter(
    ({ ability, place }) =>
      widened.has(ability) && (where === place || (where.startsWith(place) && !after?.abilities.includes(ability))),
  );
  return [...new Set(told.map(({ because }) => because))];
}

/** A neighbour or the rest of a bucket, where the whole bucket changes in the same way, says nothing new. */
function withoutRepeats(changes: readonly (AccessChange & { readonly place?: Place })[]): readonly AccessChange[] {
  return changes
    .filter(
      (change) =>
        change.place?.kind !== 'neighbour' ||
        !changes.some(
          (whole) =>
            whole.place?.kind === 'bucket' &&
            change.where.startsWith(whole.where) &&
            change.widened.every((ability) => whole.widened.includes(ability)) &&
            change.narrowed.every((ability) => whole.narrowed.includes(ability)),
        ),
    )
    .map(withoutPlace);
}

function withoutPlace(change: AccessChange & { readonly place?: Place }): AccessChange {
  const { place, ...rest } = change;
  assert(place === undefined || place.where === rest.where, 'a change stands at its place');
  return rest;
}

const knownGroups = new Set<string>(Object.values(r2PermissionGroups).map(({ id }) => id));

/** What no request can tell counts as widening: a guess would let it through. */
function undecidedChange({ before, after }: CredentialVersions): readonly (AccessChange & { readonly place: Place })[] {
  if (!before || !after) return [];
  const differing = undecidedDifference(before.rendered, after.rendered, knownGroups);
  if (differing.length === 0) return [];
  const { access, location, where } = after;
  const held = ordered(after.abilities);
  const notes = differing.map((text) => `changed, and no request decides what it means: ${text}`);
  return [
    {
      access,
      provider: location.provider,
      where,
      kind: 'widens',
      before: held,
      after: held,
      widened: held,
      narrowed: [],
      ...expiry(after),
      notes,
      place: { location, where, kind: 'prefix', directory: location.prefix },
    },
  ];
}
