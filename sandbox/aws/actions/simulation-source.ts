import type { ConditionContext } from '../../../policies/evaluator/iam-condition.ts';
import type { Caller } from '../../../policies/evaluator/principal.ts';
import { defaultDocument } from '../account-index.ts';
import type { AwsAccount } from '../account.ts';
import type { PolicyHolder } from '../account-state.ts';
import { groupArn, roleArn, userArn } from '../arns.ts';
import { userIdentity } from '../caller.ts';
import { QueryError } from '../query-error.ts';
import { principalContext } from '../request-context.ts';
import type { GivenPolicy } from './simulation.ts';

/** Whose policies a simulation asks. */
export interface SimulationSource {
  readonly caller: Caller;
  /** What is known of the caller without a request. */
  readonly conditions: ConditionContext;
  readonly given: readonly GivenPolicy[];
  readonly boundary?: GivenPolicy;
}

/** The user (with its groups), group or role that an ARN names. Throws `NoSuchEntity`. */
export function principalSource(source: string, account: AwsAccount): SimulationSource {
  const { accountId, state, index } = account;
  const user = state.users.find((candidate) => userArn(accountId, candidate) === source);
  if (user !== undefined) {
    const identity = userIdentity(account, user);
    return {
      caller: identity.policyCaller,
      conditions: principalContext(identity, accountId),
      given: [user, ...index.groupsOf(user)].flatMap((holder) => policiesOf(holder, account)),
      ...boundaryOf(user, account),
    };
  }
  const role = state.roles.find((candidate) => roleArn(accountId, candidate) === source);
  if (role !== undefined) {
    const caller = { accountId, arns: [source], kind: 'assumed-role' } as const;
    const conditions = { 'aws:principalarn': source, 'aws:principalaccount': accountId };
    return { caller, conditions, given: policiesOf(role, account), ...boundaryOf(role, account) };
  }
  const group = state.groups.find((candidate) => groupArn(accountId, candidate) === source);
  if (group === undefined) throw new QueryError('NoSuchEntity', `The entity with ARN ${source} cannot be found.`);
  const caller = { accountId, arns: [], kind: 'user' } as const;
  return { caller, conditions: {}, given: policiesOf(group, account) };
}

function policiesOf({ policies, attachedPolicies }: PolicyHolder, account: AwsAccount): readonly GivenPolicy[] {
  return [
    ...policies.map(({ policyName, document }) => ({
      name: policyName,
      document,
      policy: account.parsePolicy(document),
    })),
    ...attachedPolicies.flatMap((arn) => managedPolicy(arn, account)),
  ];
}

function managedPolicy(arn: string, { index, parsePolicy }: AwsAccount): readonly GivenPolicy[] {
  const document = defaultDocument(index.managedPolicy(arn));
  return document === undefined ? [] : [{ name: arn, document, policy: parsePolicy(document) }];
}

function boundaryOf(
  { permissionsBoundary: arn }: { readonly permissionsBoundary?: string | undefined },
  account: AwsAccount,
): { readonly boundary?: GivenPolicy } {
  const [boundary] = arn === undefined ? [] : managedPolicy(arn, account);
  return boundary ? { boundary } : {};
}
