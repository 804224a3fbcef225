import type { BucketConfiguration } from './configuration.ts';
import type { Slot } from './generation.ts';
import type { AccessName } from './grant.ts';

/**
 * Every name that sluice gives to something in a provider. A name is an identity: changing one of these functions
 * replaces deployed resources, so they depend only on what configuration calls by name, never on anything descriptive.
 */

/** IAM path of every user; a deployment role can be limited to it. */
export const iamPath = '/sluice/';

/** AWS IAM quotas, "IAM name requirements": user names are at most 64 characters. */
export const iamUserNameLengthMax = 64;

/** The one inline policy of each user or role. */
export const iamPolicyName = 'sluice';

interface CredentialName {
  readonly stack: string;
  readonly access: AccessName;
  readonly slot: Slot;
}

/** `sluice-prod-media-source-a`. The configuration refuses names that make it longer than `iamUserNameLengthMax`. */
export function iamUserName(name: CredentialName): string {
  return credentialName(name);
}

/** `sluice-prod-media-source`: a role has no slots, since it has no keys to rotate. Never longer than a user's name. */
export function iamRoleName({ stack, access }: Pick<CredentialName, 'stack' | 'access'>): string {
  return `sluice-${stack}-${access.replace('/', '-')}`;
}

/** A part of a policy that is too long to be inline, by its holder's name; managed policies are shared by a whole account. */
export function iamManagedPolicyName(holder: string, part: number): string {
  return `${holder}-${part}`;
}

/** Name of an R2 account token, one per slot: `sluice-prod-media-destination-b`. */
export function r2TokenName(name: CredentialName): string {
  return credentialName(name);
}

/** Name of the Access application in front of a hostname: `sluice-prod-files.acme.com`. */
export function accessApplicationName({
  stack,
  hostname,
}: {
  readonly stack: string;
  readonly hostname: string;
}): string {
  return `sluice-${stack}-${hostname}`;
}

/** Name of a reusable Access policy; policies are shared by a whole account, so the hostname is part of it. */
export function accessPolicyName(name: {
  readonly stack: string;
  readonly hostname: string;
  readonly policy: string;
}): string {
  return `${accessApplicationName(name)}-${name.policy}`;
}

/** Name of an Access service token: `sluice-prod-files.acme.com-reader`. */
export function serviceTokenName(name: {
  readonly stack: string;
  readonly hostname: string;
  readonly token: string;
}): string {
  return `${accessApplicationName(name)}-${name.token}`;
}

/** Pulumi's logical name of a bucket that the stack makes: `aws-media-prod`, `r2-media`, `r2-eu-media`. */
export function bucketLogicalName(bucket: BucketConfiguration): string {
  const world = bucket.provider === 'r2' && bucket.jurisdiction !== 'default' ? `${bucket.jurisdiction}-` : '';
  return `${bucket.provider}-${world}${bucket.name}`;
}

function credentialName({ stack, access, slot }: CredentialName): string {
  return `sluice-${stack}-${access.replace('/', '-')}-${slot}`;
}
