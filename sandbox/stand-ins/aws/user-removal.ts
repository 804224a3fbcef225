import type { IAM } from '@aws-sdk/client-iam';
import { gone, listed } from './foreign-parts.ts';

/** Takes the user out of every group: DeleteUser refuses a member. */
export async function leaveGroups(iam: IAM, user: string): Promise<void> {
  const groups = await listed(async () => (await iam.listGroupsForUser({ UserName: user })).Groups);
  for (const { GroupName } of groups) await gone(() => iam.removeUserFromGroup({ UserName: user, GroupName }));
}

/**
 * What `forceDestroy` removes, in the real provider's order: every kind of credential, and no policy. Inline or
 * attached policies made elsewhere still stop the deletion with DeleteConflict.
 */
export async function removeCredentials(iam: IAM, user: string): Promise<void> {
  const UserName = user;
  const accessKeys = await listed(async () => (await iam.listAccessKeys({ UserName })).AccessKeyMetadata);
  for (const { AccessKeyId } of accessKeys) await gone(() => iam.deleteAccessKey({ UserName, AccessKeyId }));

  const sshKeys = await listed(async () => (await iam.listSSHPublicKeys({ UserName })).SSHPublicKeys);
  for (const { SSHPublicKeyId } of sshKeys) await gone(() => iam.deleteSSHPublicKey({ UserName, SSHPublicKeyId }));

  const devices = await listed(async () => (await iam.listMFADevices({ UserName })).MFADevices);
  for (const { SerialNumber } of devices) {
    await gone(() => iam.deactivateMFADevice({ UserName, SerialNumber }));
    // Only a virtual device is an ARN, and only a virtual one can be deleted.
    if (SerialNumber?.startsWith('arn:') === true) await gone(() => iam.deleteVirtualMFADevice({ SerialNumber }));
  }

  await gone(() => iam.deleteLoginProfile({ UserName }));

  const certificates = await listed(async () => (await iam.listSigningCertificates({ UserName })).Certificates);
  for (const { CertificateId } of certificates)
    await gone(() => iam.deleteSigningCertificate({ UserName, CertificateId }));

  const specific = await listed(
    async () => (await iam.listServiceSpecificCredentials({ UserName })).ServiceSpecificCredentials,
  );
  for (const { ServiceSpecificCredentialId } of specific) {
    await gone(() => iam.deleteServiceSpecificCredential({ UserName, ServiceSpecificCredentialId }));
  }
}
