import { z } from 'zod';

/**
 * What an AWS account of the sandbox keeps on disk. Arrays, not records: names such as `__proto__` are legal in IAM.
 * Dates are ISO 8601 texts. What came after the first format has a default, so that an older file still opens.
 */
const accessKeyUseSchema = z.strictObject({ date: z.string(), serviceName: z.string(), region: z.string() });

const accessKeySchema = z.strictObject({
  accessKeyId: z.string(),
  /**
   * In clear, as the real service must keep it in a form it can compute with: Signature Version 4 is an HMAC keyed by
   * the secret itself, so whoever verifies it needs the secret, and a hash would verify nothing.
   */
  secretAccessKey: z.string(),
  status: z.enum(['Active', 'Inactive']),
  createDate: z.string(),
  lastUsed: accessKeyUseSchema.optional(),
});

const tagSchema = z.strictObject({ key: z.string(), value: z.string() });

/** What users, roles and groups have in common: `policies` are inline, their text as it was put; the others are ARNs. */
const policyHolder = {
  policies: z.array(z.strictObject({ policyName: z.string(), document: z.string() })).default([]),
  attachedPolicies: z.array(z.string()).default([]),
};

const userSchema = z.strictObject({
  userName: z.string(),
  path: z.string(),
  userId: z.string(),
  createDate: z.string(),
  tags: z.array(tagSchema),
  ...policyHolder,
  /** The ARN of a managed policy. */
  permissionsBoundary: z.string().optional(),
  accessKeys: z.array(accessKeySchema),
});

const groupSchema = z.strictObject({
  groupName: z.string(),
  path: z.string(),
  groupId: z.string(),
  createDate: z.string(),
  /** User ids: a user keeps its groups when it is renamed. */
  members: z.array(z.string()),
  ...policyHolder,
});

const roleSchema = z.strictObject({
  roleName: z.string(),
  path: z.string(),
  roleId: z.string(),
  createDate: z.string(),
  description: z.string().optional(),
  maxSessionSeconds: z.number(),
  trustPolicy: z.string(),
  tags: z.array(tagSchema),
  ...policyHolder,
  permissionsBoundary: z.string().optional(),
});

const policyVersionSchema = z.strictObject({ versionId: z.string(), document: z.string(), createDate: z.string() });

const managedPolicySchema = z.strictObject({
  policyName: z.string(),
  path: z.string(),
  policyId: z.string(),
  description: z.string().optional(),
  createDate: z.string(),
  updateDate: z.string(),
  defaultVersionId: z.string(),
  versions: z.array(policyVersionSchema),
  /** Version numbers are never used again: the next is this one. */
  nextVersion: z.number(),
  tags: z.array(tagSchema),
});

const oidcProviderSchema = z.strictObject({
  /** Host and path, without `https://`, as IAM answers it. */
  url: z.string(),
  clientIds: z.array(z.string()),
  thumbprints: z.array(z.string()),
  createDate: z.string(),
  tags: z.array(tagSchema),
});

/** The public keys of an issuer of web identity tokens, by its URL: the sandbox never fetches any. */
const tokenIssuerSchema = z.strictObject({ url: z.string(), keys: z.array(z.record(z.string(), z.unknown())) });

export const accountStateSchema = z.strictObject({
  format: z.literal(1),
  users: z.array(userSchema),
  groups: z.array(groupSchema).default([]),
  roles: z.array(roleSchema).default([]),
  managedPolicies: z.array(managedPolicySchema).default([]),
  oidcProviders: z.array(oidcProviderSchema).default([]),
  tokenIssuers: z.array(tokenIssuerSchema).default([]),
  /** Seals session tokens (base64, 32 bytes); made when the account is opened first. */
  sessionKey: z.string().optional(),
  /** When GenerateCredentialReport was last asked, and the CSV it made. */
  credentialReport: z.strictObject({ date: z.string(), csv: z.string() }).optional(),
});

export type AccountState = z.infer<typeof accountStateSchema>;
export type AccessKeyUse = z.infer<typeof accessKeyUseSchema>;
export type AccessKey = z.infer<typeof accessKeySchema>;
export type Tag = z.infer<typeof tagSchema>;
export type User = z.infer<typeof userSchema>;
export type Group = z.infer<typeof groupSchema>;
export type Role = z.infer<typeof roleSchema>;
export type ManagedPolicy = z.infer<typeof managedPolicySchema>;
export type PolicyVersion = z.infer<typeof policyVersionSchema>;
export type OidcProvider = z.infer<typeof oidcProviderSchema>;

/** What policies are put on and attached to. */
export interface PolicyHolder {
  policies: { policyName: string; document: string }[];
  attachedPolicies: string[];
}

/** An account in which nobody is, not even an administrator. */
export function emptyAccountState(): AccountState {
  return { format: 1, users: [], groups: [], roles: [], managedPolicies: [], oidcProviders: [], tokenIssuers: [] };
}
