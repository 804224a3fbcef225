import { z } from 'zod';
import { managedPolicyIn } from '../account-index.ts';
import type { AccountState, Role } from '../account-state.ts';
import { roleArn } from '../arns.ts';
import { newIdentifier } from '../identifiers.ts';
import { readPolicy } from '../policy-reading.ts';
import { queryAction } from '../query-action.ts';
import type { CallContext } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import {
  arn,
  encodeDocument,
  existingName,
  listOf,
  path,
  pathPrefix,
  policyDocument,
  roleName,
  tagKey,
  tags,
} from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { boundaryFields, noSuchBoundary } from './permission-boundaries.ts';
import { mergeTags, renderTag, requestTagConditions, tagFields, withoutTags } from './tags.ts';
import { requireKnownPrincipals, trustCharactersMax } from './trust-policy.ts';

const maxSessionSeconds = z
  .string()
  .regex(/^\d{1,6}$/, 'Member must be a number between 3600 and 43200')
  .transform(Number)
  .pipe(z.int().min(3600).max(43_200));
const description = z.string().max(1000);

export const roleActions = {
  CreateRole: queryAction({
    input: z.strictObject({
      RoleName: roleName,
      Path: path.default('/'),
      AssumeRolePolicyDocument: policyDocument,
      Description: description.optional(),
      MaxSessionDuration: maxSessionSeconds.default(3600),
      PermissionsBoundary: arn.optional(),
      Tags: tags.default([]),
    }),
    resource: (input, { account }) => roleArn(account.accountId, { path: input.Path, roleName: input.RoleName }),
    details: ({ Tags, PermissionsBoundary: boundary }) => ({
      conditions: {
        ...requestTagConditions(Tags),
        ...(boundary !== undefined && { 'iam:permissionsboundary': boundary }),
      },
    }),
    async run(input, context) {
      const { account } = context;
      const role: Role = {
        roleName: input.RoleName,
        path: input.Path,
        roleId: newIdentifier('AROA'),
        createDate: account.now().toISOString(),
        ...(input.Description !== undefined && { description: input.Description }),
        maxSessionSeconds: input.MaxSessionDuration,
        trustPolicy: readTrustPolicy(input.AssumeRolePolicyDocument, context),
        tags: mergeTags([], input.Tags),
        policies: [],
        attachedPolicies: [],
        ...(input.PermissionsBoundary !== undefined && { permissionsBoundary: input.PermissionsBoundary }),
      };
      await account.update((draft) => {
        const name = input.RoleName.toLowerCase();
        if (draft.roles.some((other) => other.roleName.toLowerCase() === name)) {
          throw new QueryError('EntityAlreadyExists', `Role with name ${input.RoleName} already exists.`);
        }
        const { permissionsBoundary: boundary } = role;
        if (boundary !== undefined && managedPolicyIn(draft, account.accountId, boundary) === undefined) {
          throw noSuchBoundary(boundary);
        }
        draft.roles.push(role);
      });
      return { Role: roleFields(context, role) };
    },
  }),

  GetRole: queryAction({
    input: z.strictObject({ RoleName: existingName }),
    resource: roleResource,
    run({ RoleName }, context) {
      const role = roleIn(context.account.state, RoleName);
      return { Role: { ...roleFields(context, role), RoleLastUsed: {} } };
    },
  }),

  ListRoles: queryAction({
    input: z.strictObject({ PathPrefix: pathPrefix.default('/'), ...paging }),
    resource: (_input, { account }) => `arn:aws:iam::${account.accountId}:role/`,
    run({ PathPrefix, ...paged }, context) {
      const roles = context.account.state.roles.filter((role) => role.path.startsWith(PathPrefix));
      const { page, ...rest } = pageOf(roles, (role) => role.roleName, paged);
      return { Roles: page.map((role) => roleFields(context, { ...role, tags: [] })), ...rest };
    },
  }),

  UpdateRole: queryAction({
    input: z.strictObject({
      RoleName: existingName,
      Description: description.optional(),
      MaxSessionDuration: maxSessionSeconds.optional(),
    }),
    resource: roleResource,
    async run(input, { account }) {
      await account.update((draft) => {
        const role = roleIn(draft, input.RoleName);
        if (input.Description !== undefined) role.description = input.Description;
        role.maxSessionSeconds = input.MaxSessionDuration ?? role.maxSessionSeconds;
      });
      return {};
    },
  }),

  UpdateRoleDescription: queryAction({
    input: z.strictObject({ RoleName: existingName, Description: description }),
    resource: roleResource,
    async run(input, context) {
      await context.account.update((draft) => {
        roleIn(draft, input.RoleName).description = input.Description;
      });
      return { Role: roleFields(context, roleIn(context.account.state, input.RoleName)) };
    },
  }),

  UpdateAssumeRolePolicy: queryAction({
    input: z.strictObject({ RoleName: existingName, PolicyDocument: policyDocument }),
    resource: roleResource,
    async run({ RoleName, PolicyDocument }, context) {
      roleIn(context.account.state, RoleName);
      const trustPolicy = readTrustPolicy(PolicyDocument, context);
      await context.account.update((draft) => {
        roleIn(draft, RoleName).trustPolicy = trustPolicy;
      });
    },
  }),

  DeleteRole: queryAction({
    input: z.strictObject({ RoleName: existingName }),
    resource: roleResource,
    run: ({ RoleName }, { account }) =>
      account.update((draft) => {
        const role = roleIn(draft, RoleName);
        if (role.attachedPolicies.length > 0) {
          throw new QueryError('DeleteConflict', 'Cannot delete entity, must detach all policies first.');
        }
        if (role.policies.length > 0) {
          throw new QueryError('DeleteConflict', 'Cannot delete entity, must delete policies first.');
        }
        draft.roles.splice(draft.roles.indexOf(role), 1);
      }),
  }),

  /** Instance profiles are EC2's: the account has none, and deleting a role asks for them first. */
  ListInstanceProfilesForRole: queryAction({
    input: z.strictObject({ RoleName: existingName, ...paging }),
    resource: roleResource,
    run({ RoleName }, { account }) {
      roleIn(account.state, RoleName);
      return { InstanceProfiles: [], IsTruncated: false };
    },
  }),

  TagRole: queryAction({
    input: z.strictObject({ RoleName: existingName, Tags: tags }),
    resource: roleResource,
    details: ({ Tags }) => ({ conditions: requestTagConditions(Tags) }),
    run: ({ RoleName, Tags }, { account }) =>
      account.update((draft) => {
        const role = roleIn(draft, RoleName);
        role.tags = mergeTags(role.tags, Tags);
      }),
  }),

  UntagRole: queryAction({
    input: z.strictObject({ RoleName: existingName, TagKeys: listOf(tagKey) }),
    resource: roleResource,
    run: ({ RoleName, TagKeys }, { account }) =>
      account.update((draft) => {
        const role = roleIn(draft, RoleName);
        role.tags = withoutTags(role.tags, TagKeys);
      }),
  }),

  ListRoleTags: queryAction({
    input: z.strictObject({ RoleName: existingName, ...paging }),
    resource: roleResource,
    run({ RoleName, ...paged }, { account }) {
      const { page, ...rest } = pageOf(roleIn(account.state, RoleName).tags, ({ key }) => key, paged);
      return { Tags: page.map(renderTag), ...rest };
    },
  }),
};

/** The document, once it is known to be a trust policy whose principals exist. */
function readTrustPolicy(document: string, { account }: CallContext): string {
  if (document.replaceAll(/\s/g, '').length > trustCharactersMax) {
    throw new QueryError('LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${trustCharactersMax}`);
  }
  readPolicy(document, 'trust');
  requireKnownPrincipals(document, account);
  return document;
}

function roleResource({ RoleName }: { readonly RoleName: string }, { account }: CallContext): string {
  return roleArn(account.accountId, account.index.roles.get(RoleName) ?? { path: '/', roleName: RoleName });
}

function roleIn({ roles }: AccountState, name: string): Role {
  const role = roles.find((candidate) => candidate.roleName === name);
  if (role === undefined) throw new QueryError('NoSuchEntity', `The role with name ${name} cannot be found.`);
  return role;
}

/** A role as CreateRole, GetRole and ListRoles show it. */
export function roleFields({ account }: CallContext, role: Role): QueryFields {
  return {
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.roleId,
    Arn: roleArn(account.accountId, role),
    CreateDate: new Date(role.createDate),
    AssumeRolePolicyDocument: encodeDocument(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    ...boundaryFields(role),
    ...tagFields(role.tags),
  };
}
