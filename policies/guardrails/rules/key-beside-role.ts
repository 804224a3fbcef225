import { allowingStatements, type DocumentStatement } from '../iam-documents.ts';
import { textOf, whenKnown } from '../properties.ts';
import { bucketPatterns } from '../s3-reach.ts';
import type { StackResource, StackRule } from '../rule.ts';

export const keyBesideRole: StackRule = {
  kind: 'stack',
  name: 'key-beside-role',
  title: 'No user has a static key where a role gives the same access',
  level: 'advisory',
  requirements: ['S8'],
  why: "a role's credentials end by themselves within hours; a key lives until somebody rotates it.",
  fix: 'let the job take the role, then remove the key and its user.',
  *check(resources) {
    const roles = [
      ...resources
        .filter(({ type }) => type === 'aws:iam/rolePolicy:RolePolicy' || type === 'aws:iam/role:Role')
        .map((resource) => ({ name: nameOf(resource, 'role'), buckets: bucketsOf(resource) })),
      ...attached(resources, 'role'),
    ];
    const users = [
      ...resources
        .filter(({ type }) => type === 'aws:iam/userPolicy:UserPolicy')
        .map((resource) => ({ name: nameOf(resource, 'user'), buckets: bucketsOf(resource) })),
      ...attached(resources, 'user'),
    ];
    for (const key of resources.filter(({ type }) => type === 'aws:iam/accessKey:AccessKey')) {
      const user = nameOf(key, 'user');
      const buckets = users
        .filter(({ name }) => user !== undefined && name === user)
        .flatMap((policy) => policy.buckets);
      const role = roles.find((candidate) => candidate.buckets.some((bucket) => buckets.includes(bucket)));
      if (role === undefined) continue;
      const shared = role.buckets.filter((bucket) => buckets.includes(bucket)).join(', ');
      yield {
        urn: key.urn,
        what: `user ${user ?? ''} has a static key for ${shared}, which role ${role.name ?? ''} reaches too`,
      };
    }
  },
};

interface Holder {
  readonly name: string | undefined;
  readonly buckets: readonly string[];
}

const attachmentTypes = {
  user: 'aws:iam/userPolicyAttachment:UserPolicyAttachment',
  role: 'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
} as const;

/** Who holds the program's managed policies. */
function attached(resources: readonly StackResource[], holder: keyof typeof attachmentTypes): readonly Holder[] {
  const policies = resources.filter(({ type }) => type === 'aws:iam/policy:Policy');
  return resources
    .filter(({ type }) => type === attachmentTypes[holder])
    .map((attachment) => ({
      name: nameOf(attachment, holder),
      buckets: policies.filter((policy) => isOf(attachment, policy)).flatMap(bucketsOf),
    }));
}

/** By reference where there is one, since a preview does not know an ARN yet; else by the ARN. */
function isOf(attachment: StackResource, policy: StackResource): boolean {
  if (attachment.propertyDependencies['policyArn']?.includes(policy.urn) === true) return true;
  const wanted = whenKnown(() => textOf(attachment.properties['policyArn'])).value;
  return wanted !== undefined && wanted === whenKnown(() => textOf(policy.properties['arn'])).value;
}

function nameOf({ properties, name }: StackResource, property: 'user' | 'role'): string | undefined {
  return whenKnown(() => textOf(properties[property]) ?? textOf(properties['name']) ?? name).value;
}

function bucketsOf(resource: StackResource): readonly string[] {
  const statements = whenKnown(() => [...allowingStatements(resource)]).value ?? [];
  return [...new Set(statements.flatMap(({ written }: DocumentStatement) => bucketPatterns(written)))];
}
