import { itemsOf, textOf } from '../properties.ts';
import type { GuardedResource, ResourceRule } from '../rule.ts';

export const vendorPolicy: ResourceRule = {
  kind: 'resource',
  name: 'vendor-policy',
  title: 'No user, group or role takes a policy that AWS wrote',
  level: 'mandatory',
  requirements: ['S1', 'S2', 'S4'],
  why: "AWS's own policies (AmazonS3FullAccess, AmazonS3ReadOnlyAccess ..) reach every bucket of the account, and AWS widens them whenever it likes.",
  fix: 'attach a policy of your own that names the bucket and the actions.',
  *check(resource) {
    for (const arn of attached(resource)) {
      const name = /^arn:[^:]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
      if (name !== undefined) yield { what: `${name}, a policy by AWS, is attached` };
    }
  },
};

function* attached({ type, properties }: GuardedResource): Generator<string> {
  const values = attachmentTypes.includes(type)
    ? [properties['policyArn']]
    : type === 'aws:iam/role:Role'
      ? itemsOf(properties['managedPolicyArns'])
      : [];
  for (const value of values) yield textOf(value) ?? '';
}

const attachmentTypes = [
  'aws:iam/userPolicyAttachment:UserPolicyAttachment',
  'aws:iam/groupPolicyAttachment:GroupPolicyAttachment',
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
  'aws:iam/policyAttachment:PolicyAttachment',
];
