/** ARNs of an account's identities, as "IAM identifiers" in the IAM user guide describes them. */

interface InPath {
  readonly path: string;
}

export function userArn(accountId: string, user: InPath & { readonly userName: string }): string {
  return `arn:aws:iam::${accountId}:user${user.path}${user.userName}`;
}

export function groupArn(accountId: string, group: InPath & { readonly groupName: string }): string {
  return `arn:aws:iam::${accountId}:group${group.path}${group.groupName}`;
}

export function roleArn(accountId: string, role: InPath & { readonly roleName: string }): string {
  return `arn:aws:iam::${accountId}:role${role.path}${role.roleName}`;
}

export function policyArn(accountId: string, policy: InPath & { readonly policyName: string }): string {
  return `arn:aws:iam::${accountId}:policy${policy.path}${policy.policyName}`;
}

/** The role's path is left out. */
export function assumedRoleArn(accountId: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}

export function federatedUserArn(accountId: string, name: string): string {
  return `arn:aws:sts::${accountId}:federated-user/${name}`;
}

/** `url` is host and path, without `https://`. */
export function oidcProviderArn(accountId: string, url: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${url}`;
}
