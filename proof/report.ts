import type { Ability } from '../policies/ability.ts';
import type { ProbeOperation, ProbePlace } from '../policies/probe.ts';

/**
 * What was tried and what it showed. A report is plain data: its JSON is the value itself, its text a rendering of it
 * (render-report.ts). It never holds a secret.
 */
export interface Report {
  /** `grant`: one credential's probe grid. `domain`: a protected hostname, seen from outside. */
  readonly kind: 'grant' | 'domain';
  /** The credential or hostname: `media/source`, `files.example.test`. */
  readonly subject: string;
  /** Where, as people write it: `s3://media-prod/uploads/`. */
  readonly where: string;
  readonly checks: readonly Check[];
  readonly verdict: Verdict;
  /** Canaries that could not be removed, with the reason; empty when everything is as it was. */
  readonly leftBehind: readonly string[];
  readonly durationMs: number;
}

/** How somebody becomes a role (AWS STS API reference). */
export type RoleOperation = 'AssumeRole' | 'AssumeRoleWithWebIdentity';

/** What `smokeGrant` and `smokeDomain` return. */
export type GrantReport = Report & { readonly kind: 'grant' };
export type DomainReport = Report & { readonly kind: 'domain' };

export interface Check {
  /** Unique in a report and stable: `media/source write sibling PutObject`. */
  readonly id: string;
  /** `serve`: hand out an object over a public hostname. */
  readonly ability: Ability | 'serve';
  readonly place: ProbePlace | 'hostname' | 'r2.dev';
  readonly operation: ProbeOperation | RoleOperation | 'GET' | 'HEAD' | 'configuration';
  /** What tells it from another check of the same call in the same place: `over plain HTTP`, `as service token reader`. */
  readonly how?: string;
  readonly expect: 'allowed' | 'refused';
  /** Set where nobody asked for it, but the provider cannot withhold it: why. */
  readonly excess?: string;
  /** `not-proven`: nothing was found wrong, but what would prove it could not be tried. Never counts as passed. */
  readonly outcome: 'passed' | 'failed' | 'not-proven';
  /** Set where it failed. */
  readonly finding?: Finding;
  /** The last answer; absent where nothing was sent. */
  readonly seen?: Answer;
  /** One sentence for people: why this outcome. */
  readonly because: string;
}

/**
 * `too-much`: it can what it must not. `too-little`: it cannot what it must. `credential`: the endpoint does not know
 * the key. `unclear`: the answer shows neither access nor a refusal.
 */
export type Finding = 'too-much' | 'too-little' | 'credential' | 'unclear';

/** An endpoint's answer; status 0 means that none came. */
export interface Answer {
  readonly status: number;
  /** S3 error code, or what broke the connection. */
  readonly code?: string;
}

export interface Verdict {
  readonly outcome: 'passed' | 'failed';
  readonly counts: Readonly<Record<Check['outcome'], number>>;
  /** Ids of the failed checks, by finding. */
  readonly findings: Readonly<Record<Finding, readonly string[]>>;
}

/** Sums checks up: one failed check fails the whole, what is not proven does not; but where nothing passed, nothing is proven. */
export function verdictOf(checks: readonly Check[]): Verdict {
  const count = (outcome: Check['outcome']): number => checks.filter((check) => check.outcome === outcome).length;
  const idsOf = (finding: Finding): string[] =>
    checks.filter((check) => check.finding === finding).map((check) => check.id);
  return {
    outcome: count('failed') > 0 || count('passed') === 0 ? 'failed' : 'passed',
    counts: { passed: count('passed'), failed: count('failed'), 'not-proven': count('not-proven') },
    findings: {
      'too-much': idsOf('too-much'),
      'too-little': idsOf('too-little'),
      credential: idsOf('credential'),
      unclear: idsOf('unclear'),
    },
  };
}

/** `403 AccessDenied`, `204`, or `no answer (ECONNREFUSED)`. */
export function answerInWords({ status, code }: Answer): string {
  if (status === 0) return `no answer${code === undefined ? '' : ` (${code})`}`;
  return code === undefined ? String(status) : `${status} ${code}`;
}
