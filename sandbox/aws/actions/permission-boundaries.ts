import { managedPolicyIn } from '../account-index.ts';
import { queryAction } from '../query-action.ts';
import type { QueryAction } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { arn } from './iam-input.ts';
import { boundaryDetails, holderInput } from './policy-holder.ts';
import type { PolicyHolderKind } from './policy-holder.ts';
import type { AccountState } from '../account-state.ts';

/** Put- and Delete..PermissionsBoundary of users or roles; a boundary is a managed policy. */
export function boundaryActions(kind: PolicyHolderKind): Record<string, QueryAction> {
  const bounded = (state: AccountState, name: string): { permissionsBoundary?: string | undefined } => {
    const found =
      kind.noun === 'User'
        ? state.users.find(({ userName }) => userName === name)
        : state.roles.find(({ roleName }) => roleName === name);
    if (found !== undefined) return found;
    throw new QueryError('NoSuchEntity', `The ${kind.noun.toLowerCase()} with name ${name} cannot be found.`);
  };
  return {
    [`Put${kind.noun}PermissionsBoundary`]: queryAction({
      input: holderInput(kind, { PermissionsBoundary: arn }),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      details: ({ PermissionsBoundary }) => ({ conditions: { 'iam:permissionsboundary': PermissionsBoundary } }),
      run: ({ holderName, PermissionsBoundary }, { account }) =>
        account.update((draft) => {
          const entity = bounded(draft, holderName);
          if (managedPolicyIn(draft, account.accountId, PermissionsBoundary) === undefined) {
            throw noSuchBoundary(PermissionsBoundary);
          }
          entity.permissionsBoundary = PermissionsBoundary;
        }),
    }),

    [`Delete${kind.noun}PermissionsBoundary`]: queryAction({
      input: holderInput(kind, {}),
      resource: ({ holderName }, context) => kind.arn(context, holderName),
      details: ({ holderName }, context) => boundaryDetails(kind, holderName, context),
      run: ({ holderName }, { account }) =>
        account.update((draft) => {
          const entity = bounded(draft, holderName);
          if (entity.permissionsBoundary === undefined) {
            const message = `${kind.noun} ${holderName} does not have a permissions boundary.`;
            throw new QueryError('NoSuchEntity', message);
          }
          delete entity.permissionsBoundary;
        }),
    }),
  };
}

/** IAM's refusal of a boundary that is no managed policy of the account or of AWS. */
export function noSuchBoundary(boundary: string): QueryError {
  return new QueryError('NoSuchEntity', `Scope ARN: ${boundary} does not exist or is not attachable.`);
}

/** As users and roles show their boundary. */
export function boundaryFields(entity: { readonly permissionsBoundary?: string | undefined }): QueryFields {
  const { permissionsBoundary: boundary } = entity;
  if (boundary === undefined) return {};
  return { PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundary } };
}
