import { z } from 'zod';
import type { AwsAccount } from '../account.ts';
import type { PolicyHolder, User } from '../account-state.ts';
import { userArn } from '../arns.ts';
import { queryAction } from '../query-action.ts';
import type { CallContext } from '../query-action.ts';
import { queryDate } from '../query-answer.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { encodeDocument, listOf } from './iam-input.ts';
import { groupFields } from './groups.ts';
import { policyFields } from './managed-policies.ts';
import { pageOf, paging } from './pages.ts';
import { versionFields } from './policy-versions.ts';
import { roleFields } from './roles.ts';
import { tagFields } from './tags.ts';
import { boundaryFields } from './permission-boundaries.ts';
import { userFields } from './user-lookup.ts';

/** A report is made anew once it is older than four hours (IAM API reference, GenerateCredentialReport). */
const reportAgeMaxMs = 4 * 60 * 60 * 1000;

const detailKinds = ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const;
const details = {
  User: 'UserDetailList',
  Group: 'GroupDetailList',
  Role: 'RoleDetailList',
  LocalManagedPolicy: 'Policies',
} as const;

/** What auditors read of a whole account. */
export const accountReportActions = {
  GetAccountAuthorizationDetails: queryAction({
    input: z.strictObject({ Filter: listOf(z.enum(detailKinds)).default([...detailKinds]), ...paging }),
    resource: () => '*',
    run({ Filter, ...paged }, context) {
      const entries = detailEntries(context).filter(({ kind }) => Filter.length === 0 || Filter.includes(kind));
      const { page, ...rest } = pageOf(entries, ({ kind, name }) => `${kind} ${name}`, paged);
      const lists = Object.entries(details).map(([kind, list]) => [
        list,
        page.filter((entry) => entry.kind === kind).map(({ fields }) => fields),
      ]);
      return { ...(Object.fromEntries(lists) as Record<string, QueryFields[]>), ...rest };
    },
  }),

  GenerateCredentialReport: queryAction({
    input: z.strictObject({}),
    resource: () => '*',
    async run(_input, { account }) {
      const now = account.now();
      const { credentialReport: report } = account.state;
      if (report !== undefined && now.getTime() - new Date(report.date).getTime() <= reportAgeMaxMs) {
        return { State: 'COMPLETE' };
      }
      const csv = credentialReport(account);
      await account.update((draft) => {
        draft.credentialReport = { date: now.toISOString(), csv };
      });
      return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' };
    },
  }),

  GetCredentialReport: queryAction({
    input: z.strictObject({}),
    resource: () => '*',
    run(_input, { account }) {
      const { credentialReport: report } = account.state;
      if (report === undefined) {
        const message = 'No credential report exists for this account. Call GenerateCredentialReport first.';
        throw new QueryError('ReportNotPresent', message);
      }
      return {
        Content: Buffer.from(report.csv).toString('base64'),
        ReportFormat: 'text/csv',
        GeneratedTime: new Date(report.date),
      };
    },
  }),
};

interface DetailEntry {
  readonly kind: keyof typeof details;
  readonly name: string;
  readonly fields: QueryFields;
}

function detailEntries(context: CallContext): readonly DetailEntry[] {
  const { account } = context;
  const { index, state } = account;
  return [
    ...state.users.map((user) => ({
      kind: 'User' as const,
      name: user.userName,
      fields: {
        ...userFields(context, user),
        UserPolicyList: inlineList(user),
        GroupList: index.groupsOf(user).map(({ groupName }) => groupName),
        AttachedManagedPolicies: attachedList(user, account),
        ...boundaryFields(user),
        ...tagFields(user.tags),
      },
    })),
    ...state.groups.map((group) => ({
      kind: 'Group' as const,
      name: group.groupName,
      fields: {
        ...groupFields(context, group),
        GroupPolicyList: inlineList(group),
        AttachedManagedPolicies: attachedList(group, account),
      },
    })),
    ...state.roles.map((role) => ({
      kind: 'Role' as const,
      name: role.roleName,
      fields: {
        ...roleFields(context, role),
        InstanceProfileList: [],
        RolePolicyList: inlineList(role),
        AttachedManagedPolicies: attachedList(role, account),
      },
    })),
    ...state.managedPolicies.map((policy) => ({
      kind: 'LocalManagedPolicy' as const,
      name: policy.policyName,
      fields: {
        ...policyFields(context, policy),
        PolicyVersionList: policy.versions.map((version) => ({
          Document: encodeDocument(version.document),
          ...versionFields(policy, version),
        })),
      },
    })),
  ];
}

function inlineList({ policies }: PolicyHolder): readonly QueryFields[] {
  return policies.map(({ policyName, document }) => ({
    PolicyName: policyName,
    PolicyDocument: encodeDocument(document),
  }));
}

function attachedList({ attachedPolicies }: PolicyHolder, { index }: AwsAccount): readonly QueryFields[] {
  return attachedPolicies.flatMap((PolicyArn) => {
    const policy = index.managedPolicy(PolicyArn);
    return policy ? [{ PolicyName: policy.policyName, PolicyArn }] : [];
  });
}

/** The columns of a credential report (IAM user guide, "Getting credential reports"). */
const reportColumns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...['1', '2'].flatMap((number) =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      (column) => `access_key_${number}_${column}`,
    ),
  ),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
];

function credentialReport(account: AwsAccount): string {
  const rows = account.users.map((user) => reportRow(account, user));
  return [reportColumns, ...rows].map((row) => row.map(csvField).join(',')).join('\n');
}

function reportRow(account: AwsAccount, user: User): readonly string[] {
  const keys = [0, 1].flatMap((slot) => {
    const key = user.accessKeys[slot];
    const use = key && account.lastUse(key.accessKeyId);
    return [
      String(key?.status === 'Active'),
      key ? reportDate(key.createDate) : 'N/A',
      use ? reportDate(use.date) : 'N/A',
      use?.region ?? 'N/A',
      use?.serviceName ?? 'N/A',
    ];
  });
  const { accountId } = account;
  return [
    user.userName,
    userArn(accountId, user),
    reportDate(user.createDate),
    // No user of the sandbox has a password, a second factor or a certificate.
    ...['false', 'N/A', 'N/A', 'N/A', 'false'],
    ...keys,
    ...['false', 'N/A', 'false', 'N/A'],
  ];
}

function reportDate(date: string): string {
  return queryDate(new Date(date)).replace('Z', '+00:00');
}

function csvField(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
