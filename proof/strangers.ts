import type { AccessName } from '../policies/grant.ts';
import { type Answer, answerInWords, type Check, type GrantReport, type RoleOperation, verdictOf } from './report.ts';

/** Somebody whom a role does not trust. */
export interface Stranger {
  /** For people: `a session of the role itself`. */
  readonly who: string;
  readonly operation: RoleOperation;
  /** Tries to become the role; absent where nobody can try it from here, for the reason in `because`. */
  readonly attempt?: () => Promise<Answer>;
  readonly because: string;
}

/** The report of a role's grid together with what strangers got: one check for each. */
export async function withStrangers(report: GrantReport, strangers: readonly Stranger[]): Promise<GrantReport> {
  const access = report.subject as AccessName;
  const checks = await Promise.all(strangers.map((stranger) => checkOf(access, stranger)));
  const all = [...report.checks, ...checks];
  return { ...report, checks: all, verdict: verdictOf(all) };
}

/**
 * What a stranger's answer shows.
 *
 * | answer           | outcome         |
 * | ---------------- | --------------- |
 * | a session        | failed too-much |
 * | 403 AccessDenied | passed          |
 * | anything else    | failed unclear  |
 * | not tried        | not-proven      |
 */
async function checkOf(access: AccessName, { who, operation, attempt, because }: Stranger): Promise<Check> {
  const check = {
    id: `${access} ${operation} ${who}`,
    ability: 'admin',
    place: 'account',
    operation,
    how: `as ${who}`,
    expect: 'refused',
  } as const;
  if (attempt === undefined) return { ...check, outcome: 'not-proven', because };
  const seen = await attempt();
  if (seen.status === 200) {
    return {
      ...check,
      outcome: 'failed',
      finding: 'too-much',
      seen,
      because: `${who} can become the role of ${access}`,
    };
  }
  if (seen.status === 403 && seen.code === 'AccessDenied') return { ...check, outcome: 'passed', seen, because };
  const answered = `${operation} answered ${answerInWords(seen)}`;
  return {
    ...check,
    outcome: 'failed',
    finding: 'unclear',
    seen,
    because: `neither a session nor a refusal for ${who}: ${answered}`,
  };
}
