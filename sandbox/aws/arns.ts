/** ARNs of an account's identities, as "IAM identifiers" in the IAM user guide describes them. */

interface InPath {
  readonly path: string;
}

/** The path is part of a user's, group's, role's and policy's ARN, and begins and ends with a slash. */
export function userArn(accountId: string, user: InPath & { readonly userName: string }): string {
  return `arn:aws:iam::${accountId}:user${user.path}${user.userName}`;
}

/** As `userArn`. */
export function groupArn(accountId: string, group: InPath & { readonly groupName: string }): string {
  return `arn:aws:iam::${accountId}:group${group.path}${group.groupName}`;
}

/** As `userArn`; sessions of the role name it without its path. */
export function roleArn(accountId: string, role: InPath & { readonly roleName: string }): string {
  return `arn:aws:iam::${accountId}:role${role.path}${role.roleName}`;
}

/** As `userArn`, of a managed policy of the account. */
export function policyArn(accountId: string, policy: InPath & { readonly policyName: string }): string {
  return `arn:aws:iam::${accountId}:policy${policy.path}${policy.policyName}`;
}

/** The role's path is left out. */
export function assumedRoleArn(accountId: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}

/** Whom a user vouched for: GetFederationToken. */
export function federatedUserArn(accountId: string, name: string): string {
  return `arn:aws:sts::${accountId}:federated-user/${name}`;
}

/** `url` is host and path, without `https://`. */
export function oidcProviderArn(accountId: string, url: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${url}`;
}
