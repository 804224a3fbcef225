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
    const roles = resources
      .filter(({ type }) => type === 'aws:iam/rolePolicy:RolePolicy' || type === 'aws:iam/role:Role')
      .map((resource) => ({ name: nameOf(resource, 'role'), buckets: bucketsOf(resource) }));
    const users = resources.filter(({ type }) => type === 'aws:iam/userPolicy:UserPolicy');
    for (const key of resources.filter(({ type }) => type === 'aws:iam/accessKey:AccessKey')) {
      const user = nameOf(key, 'user');
      const buckets = users
        .filter((policy) => user !== undefined && nameOf(policy, 'user') === user)
        .flatMap(bucketsOf);
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

function nameOf({ properties, name }: StackResource, property: 'user' | 'role'): string | undefined {
  return whenKnown(() => textOf(properties[property]) ?? textOf(properties['name']) ?? name).value;
}

function bucketsOf(resource: StackResource): readonly string[] {
  const statements = whenKnown(() => [...allowingStatements(resource)]).value ?? [];
  return [...new Set(statements.flatMap(({ written }: DocumentStatement) => bucketPatterns(written)))];
}
