import { z } from 'zod';
import type { AccountState, PolicyHolder } from '../account-state.ts';
import { groupArn, roleArn, userArn } from '../arns.ts';
import type { CallContext, RequestDetails } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import { existingName } from './iam-input.ts';

/** Users, groups and roles, in what IAM does to all three alike: inline policies and attachments. */
export interface PolicyHolderKind {
  readonly noun: 'User' | 'Group' | 'Role';
  /** All inline policies of one holder together, white space not counted (IAM quotas). */
  readonly inlineCharactersMax: number;
  find(
    state: AccountState,
    name: string,
  ): (PolicyHolder & { readonly permissionsBoundary?: string | undefined }) | undefined;
  /** Of one that exists, or of what its name would get at the root path. */
  arn(context: CallContext, name: string): string;
}

export const policyHolderKinds: readonly PolicyHolderKind[] = [
  {
    noun: 'User',
    inlineCharactersMax: 2048,
    find: ({ users }, name) => users.find(({ userName }) => userName === name),
    arn: ({ account }, userName) =>
      userArn(account.accountId, account.index.users.get(userName) ?? { path: '/', userName }),
  },
  {
    noun: 'Group',
    inlineCharactersMax: 5120,
    find: ({ groups }, name) => groups.find(({ groupName }) => groupName === name),
    arn: ({ account }, groupName) =>
      groupArn(account.accountId, account.index.groups.get(groupName) ?? { path: '/', groupName }),
  },
  {
    noun: 'Role',
    inlineCharactersMax: 10_240,
    find: ({ roles }, name) => roles.find(({ roleName }) => roleName === name),
    arn: ({ account }, roleName) =>
      roleArn(account.accountId, account.index.roles.get(roleName) ?? { path: '/', roleName }),
  },
];

/** Throws `NoSuchEntity`. */
export function holderOf(kind: PolicyHolderKind, state: AccountState, name: string) {
  const holder = kind.find(state, name);
  if (holder !== undefined) return holder;
  throw new QueryError('NoSuchEntity', `The ${kind.noun.toLowerCase()} with name ${name} cannot be found.`);
}

export type NamedInput<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape, z.core.$strict>> & {
  readonly holderName: string;
};

/** The parameters of an action on one holder: its name, whatever the parameter is called, beside `shape`. */
export function holderInput<Shape extends z.ZodRawShape>(
  { noun }: PolicyHolderKind,
  shape: Shape,
): z.ZodType<NamedInput<Shape>> {
  const nameParameter = `${noun}Name`;
  const rest = z.strictObject(shape);
  const named = z.strictObject({ [nameParameter]: existingName });
  return z.record(z.string(), z.unknown()).transform((parameters, context) => {
    const { [nameParameter]: sent, ...others } = parameters;
    const name = named.safeParse({ [nameParameter]: sent });
    const other = rest.safeParse(others);
    for (const { error } of [name, other]) {
      for (const { message, path } of error?.issues ?? []) {
        context.issues.push({ code: 'custom', message, path, input: parameters });
      }
    }
    if (!name.success || !other.success) return z.NEVER;
    return { ...other.data, holderName: name.data[nameParameter] ?? '' };
  });
}

/** The key iam:PermissionsBoundary of an action that gives a user or role policies: the boundary it has. */
export function boundaryDetails(kind: PolicyHolderKind, name: string, { account }: CallContext): RequestDetails {
  const boundary = kind.find(account.state, name)?.permissionsBoundary;
  return { conditions: boundary === undefined ? {} : { 'iam:permissionsboundary': boundary } };
}
