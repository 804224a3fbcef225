import type { z } from 'zod';
import { managedPolicyIn } from '../account-index.ts';
import { queryAction } from '../query-action.ts';
import type { QueryAction, RequestDetails } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import { arn, pathPrefix } from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { boundaryDetails, holderInput, holderOf } from './policy-holder.ts';
import type { PolicyHolderKind } from './policy-holder.ts';

/** Managed policies on one user, group or role (IAM quotas). */
const attachedMax = 10;

/** Attach-, Detach- and ListAttached..Policies of users, groups or roles. */
export function attachmentActions(kind: PolicyHolderKind): Record<string, QueryAction> {
  const { noun } = kind;
  const on = <Shape extends z.ZodRawShape>(shape: Shape) => holderInput(kind, shape);
  return {
    [`Attach${noun}Policy`]: queryAction({
      input: on({ PolicyArn: arn }),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      details: ({ holderName, PolicyArn }, context) =>
        withPolicyArn(boundaryDetails(kind, holderName, context), PolicyArn),
      async run({ holderName, PolicyArn }, { account }) {
        await account.update((draft) => {
          const { attachedPolicies } = holderOf(kind, draft, holderName);
          if (managedPolicyIn(draft, account.accountId, PolicyArn) === undefined) throw noSuchAttachable(PolicyArn);
          // Attaching once more succeeds and changes nothing.
          if (attachedPolicies.includes(PolicyArn)) return;
          if (attachedPolicies.length >= attachedMax) {
            const message = `Cannot exceed quota for PoliciesPer${noun}: ${attachedMax}`;
            throw new QueryError('LimitExceeded', message);
          }
          attachedPolicies.push(PolicyArn);
        });
      },
    }),

    [`Detach${noun}Policy`]: queryAction({
      input: on({ PolicyArn: arn }),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      details: ({ holderName, PolicyArn }, context) =>
        withPolicyArn(boundaryDetails(kind, holderName, context), PolicyArn),
      run: ({ holderName, PolicyArn }, { account }) =>
        account.update((draft) => {
          const holder = holderOf(kind, draft, holderName);
          const kept = holder.attachedPolicies.filter((attached) => attached !== PolicyArn);
          if (kept.length === holder.attachedPolicies.length) {
            throw new QueryError('NoSuchEntity', `Policy ${PolicyArn} was not found.`);
          }
          holder.attachedPolicies = kept;
        }),
    }),

    [`ListAttached${noun}Policies`]: queryAction({
      input: on({ PathPrefix: pathPrefix.default('/'), ...paging }),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      run({ holderName, PathPrefix, ...paged }, { account }) {
        const { attachedPolicies } = holderOf(kind, account.state, holderName);
        const attached = attachedPolicies.flatMap((PolicyArn) => {
          const policy = account.index.managedPolicy(PolicyArn);
          return policy?.path.startsWith(PathPrefix) ? [{ PolicyName: policy.policyName, PolicyArn }] : [];
        });
        const { page, ...rest } = pageOf(attached, ({ PolicyArn }) => PolicyArn, paged);
        return { AttachedPolicies: page, ...rest };
      },
    }),
  };
}

function withPolicyArn({ conditions }: RequestDetails, policyArn: string): RequestDetails {
  return { conditions: { ...conditions, 'iam:policyarn': policyArn } };
}

function noSuchAttachable(policyArn: string): QueryError {
  return new QueryError('NoSuchEntity', `Policy ${policyArn} does not exist or is not attachable.`);
}
