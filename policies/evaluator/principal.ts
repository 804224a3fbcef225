import { ConditionError } from './iam-condition.ts';

/** Who calls, as a resource policy's `Principal` tells callers apart. */
export interface Caller {
  /** Absent for an anonymous caller. */
  readonly accountId: string;
  /** The principal's own ARN; of a session, its ARN and that of the role or user behind it; of a federated caller, its provider's. */
  readonly arns: readonly string[];
  /** `federated` and `service` reach only trust policies: AssumeRoleWithWebIdentity, and AWS services. */
  readonly kind: 'user' | 'assumed-role' | 'root' | 'anonymous' | 'federated' | 'service';
}

/**
 * How closely a principal element names the caller, which decides whether identity policies still have a say:
 * `direct` is its own ARN, its session's, or everyone; `role` the role or user behind the session; `account` its whole account.
 */
export type PrincipalMatch = 'direct' | 'role' | 'account';

export interface PrincipalElement {
  /** `undefined` where the statement does not speak of the caller. */
  readonly match: (caller: Caller) => PrincipalMatch | undefined;
}

/** What stands in `Principal` or `NotPrincipal`: everyone, or lists by type. */
export type PrincipalInput =
  | '*'
  | {
      readonly AWS?: readonly string[] | undefined;
      readonly Federated?: readonly string[] | undefined;
      readonly Service?: readonly string[] | undefined;
      readonly CanonicalUser?: readonly string[] | undefined;
    };

/**
 * Compiles `Principal` (AWS IAM User Guide, "AWS JSON policy elements: Principal"). Names are compared whole: an ARN takes
 * no wildcard, and `*` alone is everyone. Throws `ConditionError` for a name of no known form.
 */
export function compilePrincipal(input: PrincipalInput): PrincipalElement {
  const names = readNames(input);
  return { match: (caller) => matchOf(names, caller) };
}

/**
 * Compiles `NotPrincipal`: it spares only a caller of whom every level is listed, the session's ARN, the role's and the
 * account's (AWS IAM User Guide, "AWS JSON policy elements: NotPrincipal"). Throws `ConditionError`.
 */
export function compileNotPrincipal(input: PrincipalInput): PrincipalElement {
  const names = readNames(input);
  return {
    match(caller) {
      if (names.everyone) return undefined;
      const levels = caller.kind === 'anonymous' ? [] : caller.arns;
      const accountListed = caller.kind === 'service' || caller.kind === 'federated' || names.has(caller.accountId);
      const spared = levels.length > 0 && accountListed && levels.every((arn) => names.has(arn) || isRoot(arn));
      return spared ? undefined : 'direct';
    },
  };
}

interface Names {
  readonly everyone: boolean;
  readonly has: (name: string) => boolean;
}

function matchOf(names: Names, { accountId, arns, kind }: Caller): PrincipalMatch | undefined {
  if (names.everyone) return 'direct';
  if (kind === 'anonymous') return undefined;
  let best: PrincipalMatch | undefined;
  for (const arn of arns) {
    if (!names.has(arn)) continue;
    if (kind !== 'assumed-role' || !isBehindSession(arn)) return 'direct';
    best = 'role';
  }
  if (best !== undefined || kind === 'federated' || kind === 'service') return best;
  return names.has(accountId) ? (kind === 'root' ? 'direct' : 'account') : undefined;
}

/** The role of a session, or the user that vouches for a federated one. */
const isBehindSession = (arn: string) => /^arn:[^:]*:iam::\d{12}:(role|user)\//.test(arn);
const isRoot = (arn: string) => /^arn:[^:]*:iam::\d{12}:root$/.test(arn);

function readNames(input: PrincipalInput): Names {
  if (input === '*') return { everyone: true, has: () => true };
  const { AWS = [], Federated = [], Service = [], CanonicalUser = [] } = input;
  const names = new Set([
    ...AWS.map(readAws),
    ...Federated.map((name) =>
      checked(name, /^(arn:aws[a-z-]*:iam::\d{12}:(oidc|saml)-provider\/.+|[a-z0-9.-]+)$/, 'an identity provider'),
    ),
    ...Service.map((name) => checked(name, /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/, 'an AWS service')),
    ...CanonicalUser.map((name) => checked(name, /^[0-9a-f]{64}$/, 'a canonical user id')),
  ]);
  return { everyone: names.has('*'), has: (name) => names.has(name) };
}

/** Accounts are kept by their number, however they were written. */
function readAws(name: string): string {
  if (name === '*' || /^\d{12}$/.test(name)) return name;
  const [, account] = /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(name) ?? [];
  if (account !== undefined) return account;
  return checked(
    name,
    /^arn:aws[a-z-]*:(iam::\d{12}:(user|role)\/|sts::\d{12}:(assumed-role\/[^/]+|federated-user)\/)[^*?]+$/,
    'an account, a user, a role, or a session (a wildcard inside an ARN is none)',
  );
}

function checked(name: string, form: RegExp, what: string): string {
  if (!form.test(name)) throw new ConditionError(`"${name}" is not ${what}`);
  return name;
}
