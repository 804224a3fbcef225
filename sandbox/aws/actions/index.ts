import type { QueryAction } from '../query-action.ts';
import { absentFeatureActions } from './absent-features.ts';
import { accessKeyActions } from './access-keys.ts';
import { accountReportActions } from './account-reports.ts';
import { assumeRoleActions } from './assume-role.ts';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import type { UnsignedAction } from './assume-role-with-web-identity.ts';
import { callerIdentityActions } from './caller-identity.ts';
import { federationActions } from './federation-token.ts';
import { groupActions } from './groups.ts';
import { inlinePolicyActions } from './inline-policies.ts';
import { managedPolicyActions } from './managed-policies.ts';
import { oidcProviderActions } from './oidc-providers.ts';
import { boundaryActions } from './permission-boundaries.ts';
import { attachmentActions } from './policy-attachments.ts';
import { policyHolderKinds } from './policy-holder.ts';
import { policyVersionActions } from './policy-versions.ts';
import { roleActions } from './roles.ts';
import { simulationActions } from './simulation.ts';
import { tagActions } from './tags.ts';
import { userActions } from './users.ts';

/** Everything the Query endpoint answers, by service and action; what is not here is an InvalidAction. */
export const queryActions: Readonly<Record<'iam' | 'sts', ReadonlyMap<string, QueryAction>>> = {
  iam: new Map([
    ...Object.entries({
      ...userActions,
      ...tagActions,
      ...accessKeyActions,
      ...groupActions,
      ...roleActions,
      ...managedPolicyActions,
      ...policyVersionActions,
      ...oidcProviderActions,
      ...absentFeatureActions,
      ...simulationActions,
      ...accountReportActions,
    }),
    ...policyHolderKinds.flatMap((kind) =>
      Object.entries({
        ...inlinePolicyActions(kind),
        ...attachmentActions(kind),
        ...(kind.noun !== 'Group' && boundaryActions(kind)),
      }),
    ),
  ]),
  sts: new Map(Object.entries({ ...callerIdentityActions, ...assumeRoleActions, ...federationActions })),
};

/** STS actions without a signature: they carry another proof of who calls. */
export const unsignedActions: ReadonlyMap<string, UnsignedAction> = new Map([
  ['AssumeRoleWithWebIdentity', assumeRoleWithWebIdentity],
]);
