import type { Decision } from '../../policies/decision.ts';
import { decideEveryAccess } from '../../policies/evaluator/decide-access.ts';
import type { IamRequest, NamedPolicy } from '../../policies/evaluator/decide-iam.ts';
import { decideR2Token } from '../../policies/evaluator/decide-r2-token.ts';
import { type IamPolicyKind, parseIamPolicy } from '../../policies/evaluator/iam-policy.ts';
import { iamRequestsOf } from '../../policies/evaluator/iam-requests.ts';
import type { StorageRequest } from '../../policies/storage-request.ts';
import { r2Account } from './truth-table/r2-tokens.ts';
import { account, type AwsSetting, callers, type Statement, type TruthGroup } from './truth-table/truth-row.ts';
import { truthTable } from './truth-table/truth-table.ts';

const rows = truthTable.flatMap(({ title, source, setting, rows: own }) =>
  own.map(([name, request, verdict]) => ({ name: `${title}: ${name} (${source})`, setting, request, verdict })),
);

function named(
  name: string,
  statements: readonly Statement[] | undefined,
  kind: IamPolicyKind = 'identity',
): NamedPolicy | undefined {
  if (statements === undefined) return undefined;
  return { name, policy: parseIamPolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), { kind }) };
}

function iamRequests(request: StorageRequest | IamRequest, caller: (typeof callers)[keyof typeof callers]) {
  if ('action' in request) return [request];
  return iamRequestsOf(request, {
    partition: 'aws',
    accountId: account,
    ...(caller.kind !== 'anonymous' && { principalArn: caller.arns[0] }),
    ...('userName' in caller && { userName: caller.userName }),
  });
}

function decideAws(setting: AwsSetting, request: StorageRequest | IamRequest): Decision {
  const caller = callers[setting.caller ?? 'user'];
  const identity = named('identity', setting.identity);
  const permissionBoundary = named('boundary', setting.boundary);
  const session = named('session', setting.session);
  const resourcePolicy = named('resource', setting.resource, setting.resourceKind ?? 'resource');
  return decideEveryAccess(iamRequests(request, caller), {
    caller,
    resourceAccountId: account,
    identityPolicies: identity ? [identity] : [],
    ...(permissionBoundary && { permissionBoundary }),
    ...(session && { sessionPolicies: [session] }),
    ...(resourcePolicy && { resourcePolicy }),
  });
}

function decide(setting: TruthGroup['setting'], request: StorageRequest | IamRequest): Decision {
  if (setting.provider === 'aws') return decideAws(setting, request);
  if ('action' in request) throw new Error('R2 knows no IAM actions');
  return decideR2Token(setting.policies, request, { accountId: r2Account, jurisdiction: 'default' });
}

describe('S1, S2, R5, O1: the truth table of the providers’ documentation', () => {
  test('is long, and every row is of its own', () => {
    expect(rows.length).toBeGreaterThanOrEqual(300);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(rows.filter(({ request }) => 'operation' in request).length).toBeGreaterThanOrEqual(300);
  });

  test.each(rows)('$name', ({ setting, request, verdict }) => {
    const { verdict: actual, because } = decide(setting, request);
    expect({ verdict: actual, because }).toEqual({ verdict, because });
  });
});
