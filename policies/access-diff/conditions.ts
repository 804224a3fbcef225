import type { RenderedAccess } from '../access-file.ts';
import { actionsOf, statementsOf } from './place.ts';

/** Condition keys, in lower case, with a value that satisfies a policy's own conditions. */
export type SatisfyingContext = Readonly<Record<string, string>>;

/** Keys whose values the questions vary, so that a changed condition on them shows in a decision. */
const varied = new Set([
  'aws:resourceaccount',
  's3:resourceaccount',
  's3:prefix',
  'aws:securetransport',
  's3:if-none-match',
  's3:objectcreationoperation',
]);

interface WrittenCondition {
  readonly effect: string;
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * Requests as callers send them whom the policy's conditions mean, with their source address, their endpoint and the like: one for
 * each statement that has such conditions.
 */
export function satisfyingContexts(rendered: RenderedAccess): readonly SatisfyingContext[] {
  if (rendered.dialect !== 'iam') return [];
  return statementsOf(rendered.policy)
    .map((statement) => conditionsIn(statement).filter((condition) => condition.effect === 'Allow'))
    .map((conditions) => conditions.filter(({ key, operator }) => !varied.has(key) && satisfiable(operator)))
    .filter((conditions) => conditions.length > 0)
    .map((conditions) =>
      Object.fromEntries(conditions.map(({ key, operator, values }) => [key, sample(operator, values)])),
    );
}

/**
 * What differs between two versions in a way that may widen access and that no question decides, in words. Everything else that
 * differs shows in the decisions.
 *
 *     condition on a key that no question varies | reason
 *     an Allow's, changed or dropped             | it may now hold for more requests, unless what it allowed is gone too
 *     an Allow's, new, that cannot be satisfied  | what it allows cannot be asked
 *     a Deny's, new, where a Deny was changed    | it may now hold for fewer requests
 *     an R2 group that the evaluator does not know, allowed anew or no longer denied
 */
export function undecidedDifference(
  before: RenderedAccess,
  after: RenderedAccess,
  knownGroups: ReadonlySet<string>,
): readonly string[] {
  const [was, is] = [undecided(before, knownGroups), undecided(after, knownGroups)];
  const [had, has] = [new Set(was.map(({ text }) => text)), new Set(is.map(({ text }) => text))];
  const dropped = was.filter(
    ({ text, allows, group, actions }) => !has.has(text) && allows !== group && !allGone(actions, after),
  );
  const added = is.filter(({ text, allows, group, askable }) => {
    if (had.has(text) || askable) return false;
    return allows || (!group && denyChanged(before, after));
  });
  return [...dropped, ...added].map(({ text }) => text);
}

/** What no question varies: a condition on another key, or a permission group that the evaluator does not know. */
interface Undecided {
  readonly text: string;
  readonly allows: boolean;
  readonly group: boolean;
  /** What its statement speaks of; empty where that is not known. */
  readonly actions: readonly string[];
  /** A request can be made that satisfies it, so that what it allows shows. */
  readonly askable: boolean;
}

function undecided(rendered: RenderedAccess, knownGroups: ReadonlySet<string>): readonly Undecided[] {
  if (rendered.dialect === 'r2-token') {
    return rendered.policies.flatMap(({ effect, permissionGroups, resources }) =>
      permissionGroups
        .filter(({ id }) => !knownGroups.has(id))
        .map(({ id }) => ({
          text: `${effect} permission group ${id} on ${Object.keys(resources).join(', ')}`,
          allows: effect === 'allow',
          group: true,
          actions: [],
          askable: false,
        })),
    );
  }
  return statementsOf(rendered.policy).flatMap((statement) =>
    conditionsIn(statement)
      .filter(({ key }) => !varied.has(key))
      .map(({ effect, operator, key, values }) => ({
        text: `${effect} if ${operator} ${key} ${values.toSorted().join(', ')}`,
        allows: effect === 'Allow',
        group: false,
        actions: statement['NotAction'] === undefined ? actionsOf({ Statement: statement }) : [],
        askable: effect === 'Allow' && satisfiable(operator),
      })),
  );
}

/** Whether a policy surely allows none of the actions: a wildcard in it might. */
function allGone(actions: readonly string[], rendered: RenderedAccess): boolean {
  if (rendered.dialect !== 'iam' || actions.length === 0) return false;
  const allowing = statementsOf(rendered.policy).filter(({ Effect: effect }) => effect === 'Allow');
  if (allowing.some(({ NotAction: not }) => not !== undefined)) return false;
  const left = actionsOf({ Statement: allowing }).map((action) => action.toLowerCase());
  const gone = actions.map((action) => action.toLowerCase());
  return ![...left, ...gone].some((action) => /[*?]/.test(action)) && !gone.some((action) => left.includes(action));
}

/** Whether a Deny of before no longer stands as it did. */
function denyChanged(before: RenderedAccess, after: RenderedAccess): boolean {
  if (before.dialect !== 'iam' || after.dialect !== 'iam') return true;
  const denies = (policy: typeof before.policy) =>
    statementsOf(policy)
      .filter(({ Effect: effect }) => effect === 'Deny')
      .map((statement) => JSON.stringify(statement));
  const kept = denies(after.policy);
  return denies(before.policy).some((statement) => !kept.includes(statement));
}

/** A negated condition has no one value that satisfies it. */
function satisfiable(operator: string): boolean {
  return !/Not|^Null$|^ForAllValues:/.test(operator);
}

/** `10.0.0.0/8` is met by 10.0.0.0, a pattern by one text that it matches. */
function sample(operator: string, [value = '']: readonly string[]): string {
  return operator.includes('IpAddress') ? value.replace(/\/\d+$/, '') : value.replace(/[*?]/g, 'x');
}

function conditionsIn(statement: Readonly<Record<string, unknown>>): readonly WrittenCondition[] {
  return pairs(statement['Condition']).flatMap(([operator, keys]) =>
    pairs(keys).map(([key, values]) => ({
      effect: String(statement['Effect']),
      operator,
      key: key.toLowerCase(),
      values: [values].flat().map(String),
    })),
  );
}

function pairs(value: unknown): readonly [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
