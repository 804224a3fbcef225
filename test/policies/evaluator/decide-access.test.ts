import fc from 'fast-check';
import { type AccessQuestion, decideAccess, decideEveryAccess } from '../../../policies/evaluator/decide-access.ts';
import type { IamRequest, NamedPolicy } from '../../../policies/evaluator/decide-iam.ts';
import { type IamPolicyKind, parseIamPolicy } from '../../../policies/evaluator/iam-policy.ts';
import type { Caller } from '../../../policies/evaluator/principal.ts';

type Statement = Readonly<Record<string, unknown>> & { readonly Effect: 'Allow' | 'Deny' };

const account = '123456789012';
const user: Caller = { accountId: account, arns: [`arn:aws:iam::${account}:user/ann`], kind: 'user' };
const session: Caller = {
  accountId: account,
  arns: [`arn:aws:sts::${account}:assumed-role/copier/a`, `arn:aws:iam::${account}:role/copier`],
  kind: 'assumed-role',
};
const stranger: Caller = { accountId: '444455556666', arns: ['arn:aws:iam::444455556666:user/eve'], kind: 'user' };
const root: Caller = { accountId: account, arns: [`arn:aws:iam::${account}:root`], kind: 'root' };
const anonymous: Caller = { accountId: '', arns: [], kind: 'anonymous' };
const request: IamRequest = { action: 's3:GetObject', resource: 'arn:aws:s3:::b/x', context: {} };
const allowAll: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };

function named(name: string, statements: readonly Statement[], kind: IamPolicyKind = 'identity'): NamedPolicy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return { name, policy: parseIamPolicy(text, { kind }) };
}
const ask = (question: Partial<AccessQuestion>) =>
  decideAccess({ request, caller: user, resourceAccountId: account, identityPolicies: [], ...question });

/** AWS IAM User Guide, "Troubleshoot access denied error messages": the type of policy that is missing, or denies. */
describe('a refusal names the type of policy that decided', () => {
  const identityPolicies = [named('inline', [allowAll])];
  const nothing = [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }] as const;
  const deny = [{ Effect: 'Deny', Action: 's3:GetObject', Resource: '*' }] as const;

  test.each<[string, Partial<AccessQuestion>, string, string | undefined]>([
    ['allowed', { identityPolicies }, 'allowed', undefined],
    ['nothing allows', {}, 'implicitly-denied', 'identity-based policy'],
    [
      'the boundary does not allow',
      { identityPolicies, permissionBoundary: named('boundary', nothing) },
      'implicitly-denied',
      'permissions boundary',
    ],
    [
      'no session policy allows',
      { caller: session, identityPolicies, sessionPolicies: [named('session', nothing)] },
      'implicitly-denied',
      'session policy',
    ],
    [
      'another account’s bucket does not',
      { caller: stranger, identityPolicies },
      'implicitly-denied',
      'resource-based policy',
    ],
    [
      'the identity denies',
      { identityPolicies: [named('inline', deny)] },
      'explicitly-denied',
      'identity-based policy',
    ],
    [
      'the bucket denies',
      { identityPolicies, resourcePolicy: named('bucket', [{ ...deny[0], Principal: '*' }], 'resource') },
      'explicitly-denied',
      'resource-based policy',
    ],
  ])('%s', (_case, question, verdict, type) => {
    expect(ask(question)).toMatchObject({ verdict });
    expect(ask(question).missingOrDenying).toBe(type);
  });

  test('with the statement that almost allowed', () => {
    const almost = { ...allowAll, Sid: 'Tls', Condition: { Bool: { 'aws:SecureTransport': 'true' } } };
    expect(ask({ identityPolicies: [named('inline', [almost])] }).because).toBe(
      'no identity-based policy allows s3:GetObject on arn:aws:s3:::b/x: policy "inline" statement "Tls" would, ' +
        'but its condition Bool aws:SecureTransport does not hold',
    );
  });

  test('a call that needs several actions is denied by any', () => {
    const policies = [named('inline', [allowAll, ...deny])];
    const put = { ...request, action: 's3:PutObject' };
    const decide = (...requests: readonly IamRequest[]) =>
      decideEveryAccess(requests, { caller: user, identityPolicies: policies }).verdict;
    expect([decide(put), decide(put, request), decide()]).toEqual([
      'allowed',
      'explicitly-denied',
      'implicitly-denied',
    ]);
  });
});

describe('laws of the evaluation, whoever asks and wherever policies stand', () => {
  const places = ['identity', 'boundary', 'session', 'resource'] as const;
  type Place = (typeof places)[number];
  type Policies = Readonly<Partial<Record<Place, readonly Statement[]>>>;

  const principal = fc.constantFrom<unknown>(
    '*',
    { AWS: '*' },
    { AWS: account },
    { AWS: user.arns },
    { AWS: session.arns[0] },
    { AWS: session.arns[1] },
    { AWS: stranger.arns },
    { AWS: ['444455556666'] },
  );
  const anyStatement = (effect: fc.Arbitrary<'Allow' | 'Deny'>) =>
    fc.record({
      Effect: effect,
      Action: fc.constantFrom('*', 's3:*', 's3:Get*', 's3:PutObject', 'sts:AssumeRole'),
      Resource: fc.constantFrom('*', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b', 'arn:aws:s3:::b/${aws:username}'),
      Condition: fc.constantFrom({}, { Bool: { 'aws:SecureTransport': 'true' } }, { Null: { 's3:prefix': 'true' } }),
      Principal: principal,
    });
  const either = fc.constantFrom<'Allow' | 'Deny'>('Allow', 'Deny');
  const statements = fc.option(fc.array(anyStatement(either), { minLength: 1, maxLength: 3 }), { nil: undefined });
  const anyPolicies: fc.Arbitrary<Policies> = fc
    .record({ identity: statements, boundary: statements, session: statements, resource: statements })
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, own]) => own !== undefined)));
  const anyAsk = fc.record({
    caller: fc.constantFrom(user, session, stranger, root, anonymous),
    request: fc.record({
      action: fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:DeleteBucketPolicy', 'sts:AssumeRole'),
      resource: fc.constantFrom('arn:aws:s3:::b', 'arn:aws:s3:::b/x', 'arn:aws:s3:::b/ann'),
      context: fc.constantFrom<IamRequest['context']>(
        {},
        { 'aws:securetransport': 'true', 'aws:username': 'ann' },
        { 'aws:securetransport': 'false', 's3:prefix': '' },
      ),
    }),
  });
  const anyPlace = fc.constantFrom(...places);

  const policyOf = (place: Place, own: readonly Statement[]) =>
    place === 'resource'
      ? named(place, own, 'resource')
      : named(
          place,
          own.map(
            (statement) =>
              Object.fromEntries(Object.entries(statement).filter(([key]) => key !== 'Principal')) as Statement,
          ),
        );
  function decide(policies: Policies, asked: { readonly caller: Caller; readonly request: IamRequest }) {
    const { identity = [], boundary, session: ofSession, resource } = policies;
    return ask({
      ...asked,
      // Each statement a policy of its own: splitting must change nothing.
      identityPolicies: identity.map((statement) => policyOf('identity', [statement])),
      ...(boundary && { permissionBoundary: policyOf('boundary', boundary) }),
      ...(ofSession && { sessionPolicies: [policyOf('session', ofSession)] }),
      ...(resource && { resourcePolicy: policyOf('resource', resource) }),
    });
  }

  test('an added Deny never widens', () => {
    fc.assert(
      fc.property(anyPolicies, anyPlace, anyStatement(fc.constant('Deny')), anyAsk, (policies, place, deny, asked) => {
        if (decide(policies, asked).verdict === 'allowed') return;
        const own = policies[place];
        // A first boundary or session policy with nothing but a Deny only narrows too.
        expect(decide({ ...policies, [place]: [...(own ?? []), deny] }, asked).verdict).not.toBe('allowed');
      }),
      { numRuns: 300 },
    );
  });

  test('an Allow added to a policy never narrows', () => {
    fc.assert(
      fc.property(
        anyPolicies,
        anyPlace,
        anyStatement(fc.constant('Allow')),
        anyAsk,
        (policies, place, allow, asked) => {
          const own = policies[place];
          // A first boundary or session policy is a limit, whatever it allows.
          if (own === undefined && (place === 'boundary' || place === 'session')) return;
          if (decide(policies, asked).verdict !== 'allowed') return;
          expect(decide({ ...policies, [place]: [...(own ?? []), allow] }, asked).verdict).toBe('allowed');
        },
      ),
      { numRuns: 300 },
    );
  });

  test('the order of statements does not matter, nor their split over identity policies', () => {
    fc.assert(
      fc.property(anyPolicies, anyAsk, (policies, asked) => {
        const reversed = Object.fromEntries(places.map((place) => [place, policies[place]?.toReversed()])) as Policies;
        const together = ask({
          ...asked,
          identityPolicies: policies.identity ? [policyOf('identity', policies.identity)] : [],
          ...(policies.boundary && { permissionBoundary: policyOf('boundary', policies.boundary) }),
          ...(policies.session && { sessionPolicies: [policyOf('session', policies.session)] }),
          ...(policies.resource && { resourcePolicy: policyOf('resource', policies.resource) }),
        });
        expect(decide(policies, asked).verdict).toBe(together.verdict);
        expect(decide(reversed, asked).verdict).toBe(together.verdict);
      }),
      { numRuns: 300 },
    );
  });

  test('a boundary and a session policy never widen', () => {
    fc.assert(
      fc.property(anyPolicies, anyAsk, (policies, asked) => {
        const { identity, resource } = policies;
        const free = { ...(identity && { identity }), ...(resource && { resource }) };
        if (decide(free, asked).verdict === 'allowed') return;
        expect(decide(policies, asked).verdict).not.toBe('allowed');
      }),
      { numRuns: 300 },
    );
  });

  test('anonymous is never allowed what no resource policy opens to everyone', () => {
    fc.assert(
      fc.property(
        anyPolicies,
        anyAsk,
        ({ identity = [], boundary = [allowAll], session: own = [allowAll] }, { request: asked }) => {
          expect(decide({ identity, boundary, session: own }, { caller: anonymous, request: asked }).verdict).not.toBe(
            'allowed',
          );
        },
      ),
    );
  });
});
