import { z } from 'zod';
import type { User } from '../account-state.ts';
import { readIdentityPolicy } from '../identity-policies.ts';
import { queryAction } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import { existingUserName, pageOf, paging, policyName } from './iam-input.ts';
import { draftUser, namedUser, userResource } from './user-lookup.ts';

/** All inline policies of one user together, white space not counted (IAM quotas). */
const inlinePolicyCharactersMax = 2048;

const policyDocument = z
  .string()
  .min(1)
  .max(131_072)
  .regex(/^[\t\n\r -\u00ff]+$/, 'It holds characters that policies may not have');

export const userPolicyActions = {
  PutUserPolicy: queryAction({
    input: z.strictObject({ UserName: existingUserName, PolicyName: policyName, PolicyDocument: policyDocument }),
    resource: userResource,
    async run(input, context) {
      namedUser(input, context);
      readIdentityPolicy(input.PolicyDocument);
      await context.account.update((draft) => {
        const user = draftUser(draft, input, context);
        const others = user.policies.filter((policy) => policy.policyName !== input.PolicyName);
        user.policies = [...others, { policyName: input.PolicyName, document: input.PolicyDocument }];
        requireInlineQuota(user);
      });
    },
  }),

  GetUserPolicy: queryAction({
    input: z.strictObject({ UserName: existingUserName, PolicyName: policyName }),
    resource: userResource,
    run(input, context) {
      const { userName, policies } = namedUser(input, context);
      const policy = policies.find(({ policyName }) => policyName === input.PolicyName);
      if (policy === undefined) throw noSuchPolicy(input.PolicyName);
      return { UserName: userName, PolicyName: policy.policyName, PolicyDocument: encodeDocument(policy.document) };
    },
  }),

  ListUserPolicies: queryAction({
    input: z.strictObject({ UserName: existingUserName, ...paging }),
    resource: userResource,
    run(input, context) {
      const names = namedUser(input, context).policies.map(({ policyName }) => policyName);
      const { page, ...rest } = pageOf(names, (name) => name, input);
      return { PolicyNames: page, ...rest };
    },
  }),

  DeleteUserPolicy: queryAction({
    input: z.strictObject({ UserName: existingUserName, PolicyName: policyName }),
    resource: userResource,
    run: (input, context) =>
      context.account.update((draft) => {
        const user = draftUser(draft, input, context);
        const kept = user.policies.filter(({ policyName }) => policyName !== input.PolicyName);
        if (kept.length === user.policies.length) throw noSuchPolicy(input.PolicyName);
        user.policies = kept;
      }),
  }),
};

function requireInlineQuota({ userName, policies }: User): void {
  const characters = policies.reduce((sum, { document }) => sum + document.replaceAll(/\s/g, '').length, 0);
  if (characters <= inlinePolicyCharactersMax) return;
  const message = `Maximum policy size of ${inlinePolicyCharactersMax} bytes exceeded for user ${userName}`;
  throw new QueryError('LimitExceeded', message);
}

/** IAM answers documents percent-encoded as RFC 3986 has it, which leaves fewer characters than JavaScript does. */
function encodeDocument(document: string): string {
  return encodeURIComponent(document).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function noSuchPolicy(name: string): QueryError {
  return new QueryError('NoSuchEntity', `The user policy with name ${name} cannot be found.`);
}
