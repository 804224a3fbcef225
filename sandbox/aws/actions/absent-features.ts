import { z } from 'zod';
import { queryAction } from '../query-action.ts';
import type { QueryAction } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import { existingUserName } from './iam-input.ts';
import { paging } from './pages.ts';
import { namedUser, userResource } from './user-lookup.ts';

/**
 * What this account has none of (passwords, devices, certificates): listed as empty, because
 * whoever deletes a user for good asks for each of them first.
 */
export const absentFeatureActions = {
  ListSSHPublicKeys: emptyListOfUser('SSHPublicKeys'),
  ListMFADevices: emptyListOfUser('MFADevices'),
  ListSigningCertificates: emptyListOfUser('Certificates'),
  ListServiceSpecificCredentials: emptyListOfUser('ServiceSpecificCredentials', {
    ServiceName: z.string().optional(),
    AllUsers: z.enum(['true', 'false']).optional(),
  }),

  ListVirtualMFADevices: queryAction({
    input: z.strictObject({ AssignmentStatus: z.enum(['Assigned', 'Unassigned', 'Any']).optional(), ...paging }),
    resource: (_input, { account }) => `arn:aws:iam::${account.accountId}:mfa/`,
    run: () => ({ VirtualMFADevices: [], IsTruncated: false }),
  }),

  GetLoginProfile: queryAction({
    input: z.strictObject({ UserName: existingUserName.optional() }),
    resource: userResource,
    run(input, context) {
      const { userName } = namedUser(input, context);
      throw new QueryError('NoSuchEntity', `Login Profile for User ${userName} cannot be found.`);
    },
  }),
};

/** Answers an empty page for a user that exists. */
function emptyListOfUser(list: string, parameters: Readonly<Record<string, z.ZodType>> = {}): QueryAction {
  return queryAction({
    input: z.strictObject({ UserName: existingUserName.optional(), ...paging, ...parameters }),
    resource: userResource,
    run(input, context) {
      namedUser(input, context);
      return { [list]: [], IsTruncated: false };
    },
  });
}
