import { z } from 'zod';
import { decideAccess } from '../../../policies/evaluator/decide-access.ts';
import type { AccessQuestion } from '../../../policies/evaluator/decide-access.ts';
import { decideIam } from '../../../policies/evaluator/decide-iam.ts';
import type { IamRequest, NamedPolicy } from '../../../policies/evaluator/decide-iam.ts';
import { readPolicy } from '../policy-reading.ts';
import { queryAction } from '../query-action.ts';
import type { CallContext } from '../query-action.ts';
import { queryDate } from '../query-answer.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { arn, listOf, policyDocument } from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { contextKeysOf } from './simulation-context.ts';
import { principalSource } from './simulation-source.ts';
import type { SimulationSource } from './simulation-source.ts';

const itemsMax = 1000;

const contextEntry = z.strictObject({
  ContextKeyName: z.string().min(5).max(256),
  ContextKeyValues: listOf(z.string(), itemsMax),
  ContextKeyType: z.enum(
    ['string', 'numeric', 'boolean', 'ip', 'binary', 'date'].flatMap((type) => [type, `${type}List`]),
  ),
});

const simulationInput = {
  ActionNames: listOf(
    z.string().regex(/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/, 'It must be an action such as s3:GetObject'),
    itemsMax,
  ),
  ResourceArns: listOf(z.string().min(1).max(2048), itemsMax).default(['*']),
  ContextEntries: listOf(contextEntry, itemsMax).default([]),
  PermissionsBoundaryPolicyInputList: listOf(policyDocument, 1).default([]),
  ResourcePolicy: policyDocument.optional(),
  /** An account, by its number or as an ARN. */
  ResourceOwner: z
    .string()
    .regex(/^(arn:aws:iam::)?\d{12}(:root)?$/, 'It must be an account')
    .optional(),
  CallerArn: arn.optional(),
  ...paging,
};
type SimulationInput = z.infer<z.ZodObject<typeof simulationInput>>;

/** What policies would say of requests that nobody sends, by the evaluator that decides the real ones. */
export const simulationActions = {
  SimulatePrincipalPolicy: queryAction({
    input: z.strictObject({
      ...simulationInput,
      PolicySourceArn: arn,
      PolicyInputList: listOf(policyDocument).default([]),
    }),
    resource: ({ PolicySourceArn }) => PolicySourceArn,
    run({ PolicySourceArn, PolicyInputList, ...input }, context) {
      const source = principalSource(PolicySourceArn, context.account);
      const given = readGiven(PolicyInputList, 'PolicyInputList');
      return simulate({ ...source, given: [...source.given, ...given] }, input, context);
    },
  }),

  SimulateCustomPolicy: queryAction({
    input: z.strictObject({ ...simulationInput, PolicyInputList: listOf(policyDocument) }),
    resource: () => '*',
    run({ PolicyInputList, ...input }, context) {
      const { accountId } = context.account;
      const caller = { accountId, arns: [], kind: 'user' } as const;
      const given = readGiven(PolicyInputList, 'PolicyInputList');
      return simulate({ caller, conditions: {}, given }, input, context);
    },
  }),
};

/** A policy with its text, of which the context keys are read. */
export interface GivenPolicy extends NamedPolicy {
  readonly document: string;
}

function readGiven(documents: readonly string[], list: string): GivenPolicy[] {
  return documents.map((document, index) => ({
    name: `${list}.${index + 1}`,
    policy: readPolicy(document),
    document,
  }));
}

function simulate(source: SimulationSource, input: SimulationInput, { account }: CallContext): QueryFields {
  const [boundary = source.boundary] = readGiven(
    input.PermissionsBoundaryPolicyInputList,
    'PermissionsBoundaryPolicyInputList',
  );
  const resourcePolicy = readResourcePolicy(input);
  const now = account.now();
  const conditions = {
    'aws:currenttime': queryDate(now),
    'aws:epochtime': String(Math.floor(now.getTime() / 1000)),
    ...source.conditions,
    ...Object.fromEntries(
      input.ContextEntries.map(({ ContextKeyName, ContextKeyValues: values, ContextKeyType }) => {
        const [only] = values;
        const single = !ContextKeyType.endsWith('List') && values.length === 1 && only !== undefined;
        return [ContextKeyName.toLowerCase(), single ? only : values];
      }),
    ),
  };
  const documents = [...source.given, boundary, resourcePolicy].flatMap((policy) => policy?.document ?? []);
  const MissingContextValues = contextKeysOf(documents).filter((key) => !(key.toLowerCase() in conditions));
  const question: Omit<AccessQuestion, 'request'> = {
    caller: input.CallerArn === undefined ? source.caller : { ...source.caller, arns: [input.CallerArn] },
    resourceAccountId: /\d{12}/.exec(input.ResourceOwner ?? '')?.[0] ?? account.accountId,
    identityPolicies: source.given,
    ...(boundary && { permissionBoundary: boundary }),
    ...(resourcePolicy && { resourcePolicy }),
  };
  const results = input.ActionNames.flatMap((action) =>
    input.ResourceArns.map((resource) => evaluate({ action, resource, context: conditions }, question)),
  ).map((result, index) => ({ index: String(index).padStart(8, '0'), result: { ...result, MissingContextValues } }));
  const { page, ...rest } = pageOf(results, ({ index }) => index, input);
  return { EvaluationResults: page.map(({ result }) => result), ...rest };
}

function readResourcePolicy({ ResourcePolicy: document, CallerArn }: SimulationInput): GivenPolicy | undefined {
  if (document === undefined) return undefined;
  if (CallerArn === undefined) {
    throw new QueryError('InvalidInput', 'CallerArn is required when a ResourcePolicy is included.');
  }
  return { name: 'ResourcePolicy', policy: readPolicy(document, 'resource'), document };
}

const decisions = {
  allowed: 'allowed',
  'explicitly-denied': 'explicitDeny',
  'implicitly-denied': 'implicitDeny',
} as const;

function evaluate(request: IamRequest, question: Omit<AccessQuestion, 'request'>): QueryFields {
  const { verdict } = decideAccess({ ...question, request });
  const { permissionBoundary: boundary } = question;
  return {
    EvalActionName: request.action,
    EvalResourceName: request.resource,
    EvalDecision: decisions[verdict],
    MatchedStatements: matchedStatements(request, question, verdict === 'explicitly-denied' ? 'Deny' : 'Allow'),
    ...(boundary && {
      PermissionsBoundaryDecisionDetail: {
        AllowedByPermissionsBoundary: decideIam({ policies: [boundary], request }).verdict === 'allowed',
      },
    }),
  };
}

/** The statements that made the decision, each with the policy it stands in: the denies, or else the allows. */
function matchedStatements(
  { action, resource, context }: IamRequest,
  { identityPolicies, permissionBoundary, resourcePolicy, caller }: Omit<AccessQuestion, 'request'>,
  effect: 'Allow' | 'Deny',
): readonly QueryFields[] {
  const policies = [...identityPolicies, permissionBoundary, resourcePolicy].filter((policy) => policy !== undefined);
  return policies.flatMap(({ name, policy }) =>
    policy.statements
      .filter(
        (statement) =>
          statement.effect === effect &&
          statement.matchesAction(action.toLowerCase()) &&
          statement.matchesResource(resource, context) &&
          (statement.principal === undefined || statement.principal.match(caller) !== undefined) &&
          statement.conditions.every(({ holds }) => holds(context)),
      )
      .map(() => ({ SourcePolicyId: name, SourcePolicyType: 'IAM Policy' })),
  );
}
