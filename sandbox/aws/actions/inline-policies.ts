import type { z } from 'zod';
import { readPolicy } from '../policy-reading.ts';
import { queryAction } from '../query-action.ts';
import type { QueryAction } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import type { PolicyHolder } from '../account-state.ts';
import { encodeDocument, policyDocument, policyName } from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { boundaryDetails, holderInput, holderOf } from './policy-holder.ts';
import type { PolicyHolderKind } from './policy-holder.ts';

/** Put-, Get-, List- and Delete..Policy of users, groups or roles. */
export function inlinePolicyActions(kind: PolicyHolderKind): Record<string, QueryAction> {
  const { noun } = kind;
  const on = <Shape extends z.ZodRawShape>(shape: Shape) => holderInput(kind, shape);
  return {
    [`Put${noun}Policy`]: queryAction({
      input: on({ PolicyName: policyName, PolicyDocument: policyDocument }),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      details: ({ holderName }, context) => boundaryDetails(kind, holderName, context),
      async run({ holderName, PolicyName, PolicyDocument }, { account }) {
        holderOf(kind, account.state, holderName);
        readPolicy(PolicyDocument);
        await account.update((draft) => {
          const holder = holderOf(kind, draft, holderName);
          const others = holder.policies.filter((policy) => policy.policyName !== PolicyName);
          holder.policies = [...others, { policyName: PolicyName, document: PolicyDocument }];
          requireInlineQuota(kind, holderName, holder);
        });
      },
    }),

    [`Get${noun}Policy`]: queryAction({
      input: on({ PolicyName: policyName }),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      run({ holderName, PolicyName }, { account }) {
        const { policies } = holderOf(kind, account.state, holderName);
        const policy = policies.find(({ policyName }) => policyName === PolicyName);
        if (policy === undefined) throw noSuchPolicy(kind, PolicyName);
        const PolicyDocument = encodeDocument(policy.document);
        return { [`${noun}Name`]: holderName, PolicyName, PolicyDocument };
      },
    }),

    [`List${noun}Policies`]: queryAction({
      input: on(paging),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      run({ holderName, ...paged }, { account }) {
        const names = holderOf(kind, account.state, holderName).policies.map(({ policyName }) => policyName);
        const { page, ...rest } = pageOf(names, (name) => name, paged);
        return { PolicyNames: page, ...rest };
      },
    }),

    [`Delete${noun}Policy`]: queryAction({
      input: on({ PolicyName: policyName }),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      details: ({ holderName }, context) => boundaryDetails(kind, holderName, context),
      run: ({ holderName, PolicyName }, { account }) =>
        account.update((draft) => {
          const holder = holderOf(kind, draft, holderName);
          const kept = holder.policies.filter(({ policyName }) => policyName !== PolicyName);
          if (kept.length === holder.policies.length) throw noSuchPolicy(kind, PolicyName);
          holder.policies = kept;
        }),
    }),
  };
}

function requireInlineQuota({ noun, inlineCharactersMax }: PolicyHolderKind, name: string, holder: PolicyHolder): void {
  const characters = holder.policies.reduce((sum, { document }) => sum + document.replaceAll(/\s/g, '').length, 0);
  if (characters <= inlineCharactersMax) return;
  const message = `Maximum policy size of ${inlineCharactersMax} bytes exceeded for ${noun.toLowerCase()} ${name}`;
  throw new QueryError('LimitExceeded', message);
}

function noSuchPolicy({ noun }: PolicyHolderKind, name: string): QueryError {
  return new QueryError('NoSuchEntity', `The ${noun.toLowerCase()} policy with name ${name} cannot be found.`);
}
