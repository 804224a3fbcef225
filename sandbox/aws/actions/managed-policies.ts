import { z } from 'zod';
import { managedPolicyIn } from '../account-index.ts';
import type { AccountState, ManagedPolicy } from '../account-state.ts';
import { policyArn } from '../arns.ts';
import { newIdentifier } from '../identifiers.ts';
import { readPolicy } from '../policy-reading.ts';
import { queryAction } from '../query-action.ts';
import type { CallContext } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { isVendorPolicy, vendorPolicies } from '../vendor-policies.ts';
import { arn, listOf, path, pathPrefix, policyDocument, policyName, tagKey, tags } from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { mergeTags, renderTag, requestTagConditions, tagFields, withoutTags } from './tags.ts';

/** White space not counted (IAM quotas). */
const managedPolicyCharactersMax = 6144;

export const managedPolicyActions = {
  CreatePolicy: queryAction({
    input: z.strictObject({
      PolicyName: policyName,
      Path: path.default('/'),
      PolicyDocument: policyDocument,
      Description: z.string().max(1000).optional(),
      Tags: tags.default([]),
    }),
    resource: (input, { account }) => policyArn(account.accountId, { path: input.Path, policyName: input.PolicyName }),
    details: ({ Tags }) => ({ conditions: requestTagConditions(Tags) }),
    async run({ PolicyName, Path, PolicyDocument, Description, Tags }, context) {
      requireManagedQuota(PolicyDocument);
      const createDate = context.account.now().toISOString();
      const policy: ManagedPolicy = {
        policyName: PolicyName,
        path: Path,
        policyId: newIdentifier('ANPA'),
        ...(Description !== undefined && { description: Description }),
        createDate,
        updateDate: createDate,
        defaultVersionId: 'v1',
        versions: [{ versionId: 'v1', document: PolicyDocument, createDate }],
        nextVersion: 2,
        tags: mergeTags([], Tags),
      };
      await context.account.update((draft) => {
        const name = PolicyName.toLowerCase();
        if (draft.managedPolicies.some(({ policyName }) => policyName.toLowerCase() === name)) {
          throw new QueryError('EntityAlreadyExists', `A policy called ${PolicyName} already exists.`);
        }
        draft.managedPolicies.push(policy);
      });
      return { Policy: { ...policyFields(context, policy), ...tagFields(policy.tags) } };
    },
  }),

  GetPolicy: queryAction({
    input: z.strictObject({ PolicyArn: arn }),
    resource: ({ PolicyArn }) => PolicyArn,
    run({ PolicyArn }, context) {
      const policy = existingPolicy(context, PolicyArn);
      return {
        Policy: {
          ...policyFields(context, policy, PolicyArn),
          Description: policy.description,
          ...tagFields(policy.tags),
        },
      };
    },
  }),

  ListPolicies: queryAction({
    input: z.strictObject({
      Scope: z.enum(['All', 'AWS', 'Local']).default('All'),
      OnlyAttached: z.enum(['true', 'false']).default('false'),
      PathPrefix: pathPrefix.default('/'),
      PolicyUsageFilter: z.enum(['PermissionsPolicy', 'PermissionsBoundary']).optional(),
      ...paging,
    }),
    resource: (_input, { account }) => `arn:aws:iam::${account.accountId}:policy/`,
    run({ Scope, OnlyAttached, PathPrefix, PolicyUsageFilter, ...paged }, context) {
      const { state } = context.account;
      const policies = [...(Scope === 'Local' ? [] : vendorPolicies), ...(Scope === 'AWS' ? [] : ownPolicies(context))]
        .filter(([, policy]) => policy.path.startsWith(PathPrefix))
        .filter(([policyArn]) => {
          const { attached, boundaryOf } = usesOf(state, policyArn);
          if (PolicyUsageFilter === 'PermissionsBoundary') return boundaryOf > 0;
          return PolicyUsageFilter === 'PermissionsPolicy' || OnlyAttached === 'true' ? attached > 0 : true;
        });
      const { page, ...rest } = pageOf(policies, ([policyArn]) => policyArn, paged);
      return { Policies: page.map(([policyArn, policy]) => policyFields(context, policy, policyArn)), ...rest };
    },
  }),

  DeletePolicy: queryAction({
    input: z.strictObject({ PolicyArn: arn }),
    resource: ({ PolicyArn }) => PolicyArn,
    run: ({ PolicyArn }, context) =>
      context.account.update((draft) => {
        const policy = draftPolicy(draft, context, PolicyArn);
        const { attached, boundaryOf } = usesOf(draft, PolicyArn);
        if (attached + boundaryOf > 0) {
          throw new QueryError('DeleteConflict', 'Cannot delete a policy attached to entities.');
        }
        if (policy.versions.length > 1) {
          throw new QueryError(
            'DeleteConflict',
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
          );
        }
        draft.managedPolicies.splice(draft.managedPolicies.indexOf(policy), 1);
      }),
  }),

  ListEntitiesForPolicy: queryAction({
    input: z.strictObject({
      PolicyArn: arn,
      EntityFilter: z.enum(['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy']).optional(),
      PathPrefix: pathPrefix.default('/'),
      PolicyUsageFilter: z.enum(['PermissionsPolicy', 'PermissionsBoundary']).default('PermissionsPolicy'),
      ...paging,
    }),
    resource: ({ PolicyArn }) => PolicyArn,
    run({ PolicyArn, EntityFilter, PathPrefix, PolicyUsageFilter, ...paged }, context) {
      existingPolicy(context, PolicyArn);
      const { users, groups, roles } = context.account.state;
      const uses = (entity: { path: string; attachedPolicies: string[]; permissionsBoundary?: string | undefined }) =>
        entity.path.startsWith(PathPrefix) &&
        (PolicyUsageFilter === 'PermissionsBoundary'
          ? entity.permissionsBoundary === PolicyArn
          : entity.attachedPolicies.includes(PolicyArn));
      const wanted = (kind: string) => EntityFilter === undefined || EntityFilter === kind;
      // One list after the other: a page may hold entities of two kinds.
      const entities = [
        ...users.filter(uses).map(({ userName: name, userId: id }) => ({ kind: 'User', name, id })),
        ...groups.filter(uses).map(({ groupName: name, groupId: id }) => ({ kind: 'Group', name, id })),
        ...roles.filter(uses).map(({ roleName: name, roleId: id }) => ({ kind: 'Role', name, id })),
      ].filter(({ kind }) => wanted(kind));
      const { page, ...rest } = pageOf(entities, ({ kind, name }) => `${kind} ${name}`, paged);
      const fields = (wantedKind: string): QueryFields[] =>
        page
          .filter(({ kind }) => kind === wantedKind)
          .map(({ kind, name, id }) => ({ [`${kind}Name`]: name, [`${kind}Id`]: id }));
      return { PolicyUsers: fields('User'), PolicyGroups: fields('Group'), PolicyRoles: fields('Role'), ...rest };
    },
  }),

  TagPolicy: queryAction({
    input: z.strictObject({ PolicyArn: arn, Tags: tags }),
    resource: ({ PolicyArn }) => PolicyArn,
    details: ({ Tags }) => ({ conditions: requestTagConditions(Tags) }),
    run: ({ PolicyArn, Tags }, context) =>
      context.account.update((draft) => {
        const policy = draftPolicy(draft, context, PolicyArn);
        policy.tags = mergeTags(policy.tags, Tags);
      }),
  }),

  UntagPolicy: queryAction({
    input: z.strictObject({ PolicyArn: arn, TagKeys: listOf(tagKey) }),
    resource: ({ PolicyArn }) => PolicyArn,
    run: ({ PolicyArn, TagKeys }, context) =>
      context.account.update((draft) => {
        const policy = draftPolicy(draft, context, PolicyArn);
        policy.tags = withoutTags(policy.tags, TagKeys);
      }),
  }),

  ListPolicyTags: queryAction({
    input: z.strictObject({ PolicyArn: arn, ...paging }),
    resource: ({ PolicyArn }) => PolicyArn,
    run({ PolicyArn, ...paged }, context) {
      const { page, ...rest } = pageOf(existingPolicy(context, PolicyArn).tags, ({ key }) => key, paged);
      return { Tags: page.map(renderTag), ...rest };
    },
  }),
};

/** Throws `MalformedPolicyDocument` and `LimitExceeded`. */
export function requireManagedQuota(document: string): void {
  readPolicy(document);
  if (document.replaceAll(/\s/g, '').length > managedPolicyCharactersMax) {
    throw new QueryError('LimitExceeded', `Cannot exceed quota for PolicySize: ${managedPolicyCharactersMax}`);
  }
}

/** Throws `NoSuchEntity`. */
export function existingPolicy({ account }: CallContext, policyArn: string): ManagedPolicy {
  return account.index.managedPolicy(policyArn) ?? noSuchPolicy(policyArn);
}

/** One of the account's own, in a draft that an update is changing. Throws `NoSuchEntity`, and `AccessDenied` for AWS's. */
export function draftPolicy(draft: AccountState, { account, caller }: CallContext, policyArn: string): ManagedPolicy {
  if (isVendorPolicy(policyArn)) {
    throw new QueryError('AccessDenied', `User: ${caller.arn} cannot change the AWS managed policy ${policyArn}`);
  }
  return managedPolicyIn(draft, account.accountId, policyArn) ?? noSuchPolicy(policyArn);
}

function noSuchPolicy(policyArn: string): never {
  throw new QueryError('NoSuchEntity', `Policy ${policyArn} was not found.`);
}

function ownPolicies({ account }: CallContext): readonly (readonly [string, ManagedPolicy])[] {
  return account.state.managedPolicies.map((policy) => [policyArn(account.accountId, policy), policy] as const);
}

/** By how many identities a policy is attached, and of how many it is the boundary. */
function usesOf({ users, groups, roles }: AccountState, policyArn: string): { attached: number; boundaryOf: number } {
  const holders = [...users, ...groups, ...roles];
  return {
    attached: holders.filter(({ attachedPolicies }) => attachedPolicies.includes(policyArn)).length,
    boundaryOf: [...users, ...roles].filter(({ permissionsBoundary }) => permissionsBoundary === policyArn).length,
  };
}

/** A policy as CreatePolicy, GetPolicy and ListPolicies show it. */
export function policyFields(
  { account }: CallContext,
  policy: ManagedPolicy,
  Arn = policyArn(account.accountId, policy),
): QueryFields {
  const { attached, boundaryOf } = usesOf(account.state, Arn);
  return {
    PolicyName: policy.policyName,
    PolicyId: policy.policyId,
    Arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: boundaryOf,
    IsAttachable: true,
    CreateDate: new Date(policy.createDate),
    UpdateDate: new Date(policy.updateDate),
  };
}
