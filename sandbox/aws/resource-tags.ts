import type { ConditionContext } from '../../policies/evaluator/iam-condition.ts';
import type { AwsAccount } from './account.ts';
import type { Tag } from './account-state.ts';
import { oidcProviderArn, policyArn, roleArn, userArn } from './arns.ts';

/**
 * The tags of the user, role, policy or provider that a request is about, under both of their names (AWS Service Authorization
 * Reference, "Actions, resources, and condition keys for AWS IAM"); names in lower case. Nothing for what is not there yet.
 */
export function resourceTagContext(account: AwsAccount, resource: string): ConditionContext {
  const tags = tagsOf(account, resource);
  return Object.fromEntries(
    tags.flatMap(({ key, value }) =>
      ['aws', 'iam'].map((service) => [`${service}:resourcetag/${key.toLowerCase()}`, value]),
    ),
  );
}

function tagsOf({ accountId, state }: AwsAccount, resource: string): readonly Tag[] {
  const [kind] = /(?<=^arn:aws:iam::\d{12}:)[a-z-]+/.exec(resource) ?? [];
  switch (kind) {
    case 'user':
      return state.users.find((user) => userArn(accountId, user) === resource)?.tags ?? [];
    case 'role':
      return state.roles.find((role) => roleArn(accountId, role) === resource)?.tags ?? [];
    case 'policy':
      return state.managedPolicies.find((policy) => policyArn(accountId, policy) === resource)?.tags ?? [];
    case 'oidc-provider':
      return state.oidcProviders.find(({ url }) => oidcProviderArn(accountId, url) === resource)?.tags ?? [];
    default:
      return [];
  }
}
