import { z } from 'zod';
import type { ManagedPolicy, PolicyVersion } from '../account-state.ts';
import { queryAction } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { arn, encodeDocument, policyDocument, queryBoolean } from './iam-input.ts';
import { draftPolicy, existingPolicy, requireManagedQuota } from './managed-policies.ts';
import { pageOf, paging } from './pages.ts';

/** Versions of one managed policy that are kept (IAM quotas). */
const versionsMax = 5;

const versionId = z.string().regex(/^v[1-9]\d*$/, 'It must be a version such as v1');

export const policyVersionActions = {
  CreatePolicyVersion: queryAction({
    input: z.strictObject({
      PolicyArn: arn,
      PolicyDocument: policyDocument,
      SetAsDefault: queryBoolean.default(false),
    }),
    resource: ({ PolicyArn }) => PolicyArn,
    async run({ PolicyArn, PolicyDocument, SetAsDefault }, context) {
      requireManagedQuota(PolicyDocument);
      const createDate = context.account.now().toISOString();
      return context.account.update((draft) => {
        const policy = draftPolicy(draft, context, PolicyArn);
        if (policy.versions.length >= versionsMax) {
          const message = `A managed policy can have up to ${versionsMax} versions. Before you create a new version, you must delete an existing version.`;
          throw new QueryError('LimitExceeded', message);
        }
        const version = { versionId: `v${policy.nextVersion}`, document: PolicyDocument, createDate };
        policy.versions.push(version);
        policy.nextVersion += 1;
        policy.updateDate = createDate;
        if (SetAsDefault) policy.defaultVersionId = version.versionId;
        return { PolicyVersion: versionFields(policy, version) };
      });
    },
  }),

  GetPolicyVersion: queryAction({
    input: z.strictObject({ PolicyArn: arn, VersionId: versionId }),
    resource: ({ PolicyArn }) => PolicyArn,
    run({ PolicyArn, VersionId }, context) {
      const policy = existingPolicy(context, PolicyArn);
      const version = versionOf(policy, PolicyArn, VersionId);
      return { PolicyVersion: { Document: encodeDocument(version.document), ...versionFields(policy, version) } };
    },
  }),

  ListPolicyVersions: queryAction({
    input: z.strictObject({ PolicyArn: arn, ...paging }),
    resource: ({ PolicyArn }) => PolicyArn,
    run({ PolicyArn, ...paged }, context) {
      const policy = existingPolicy(context, PolicyArn);
      const { page, ...rest } = pageOf(policy.versions, ({ versionId }) => versionId.padStart(12, '0'), paged);
      return { Versions: page.toReversed().map((version) => versionFields(policy, version)), ...rest };
    },
  }),

  SetDefaultPolicyVersion: queryAction({
    input: z.strictObject({ PolicyArn: arn, VersionId: versionId }),
    resource: ({ PolicyArn }) => PolicyArn,
    run: ({ PolicyArn, VersionId }, context) =>
      context.account.update((draft) => {
        const policy = draftPolicy(draft, context, PolicyArn);
        policy.defaultVersionId = versionOf(policy, PolicyArn, VersionId).versionId;
        policy.updateDate = context.account.now().toISOString();
      }),
  }),

  DeletePolicyVersion: queryAction({
    input: z.strictObject({ PolicyArn: arn, VersionId: versionId }),
    resource: ({ PolicyArn }) => PolicyArn,
    run: ({ PolicyArn, VersionId }, context) =>
      context.account.update((draft) => {
        const policy = draftPolicy(draft, context, PolicyArn);
        const version = versionOf(policy, PolicyArn, VersionId);
        if (version.versionId === policy.defaultVersionId) {
          throw new QueryError('DeleteConflict', 'Cannot delete the default version of a policy.');
        }
        policy.versions.splice(policy.versions.indexOf(version), 1);
      }),
  }),
};

function versionOf({ versions }: ManagedPolicy, policyArn: string, id: string): PolicyVersion {
  const version = versions.find(({ versionId }) => versionId === id);
  if (version !== undefined) return version;
  throw new QueryError('NoSuchEntity', `Policy ${policyArn} version ${id} does not exist or is not attachable.`);
}

/** A managed policy's version as lists show it, without its document. */
export function versionFields(
  { defaultVersionId }: ManagedPolicy,
  { versionId, createDate }: PolicyVersion,
): QueryFields {
  return {
    VersionId: versionId,
    IsDefaultVersion: versionId === defaultVersionId,
    CreateDate: new Date(createDate),
  };
}
