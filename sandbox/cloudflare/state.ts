import { z } from 'zod';
import { jurisdictions } from '../../base/location.ts';
import { accessRuleSchema, destinationSchema } from './access-rules.ts';
import { corsRuleSchema, lifecycleRuleSchema, lockRuleSchema } from './bucket-rules.ts';

/** What the account keeps on disk. Secrets that Cloudflare never shows again are kept as SHA-256 only. */

const instant = z.iso.datetime();
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

const tokenConditionSchema = z.strictObject({
  request_ip: z.strictObject({ in: z.array(z.string()).optional(), not_in: z.array(z.string()).optional() }).optional(),
});
export type TokenCondition = z.infer<typeof tokenConditionSchema>;

const tokenPolicySchema = z.strictObject({
  id: z.string(),
  effect: z.enum(['allow', 'deny']),
  permissionGroupIds: z.array(z.string()),
  /** As received, keys in the order received: the Terraform provider compares the text that comes back. */
  resources: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
});
export type TokenPolicy = z.infer<typeof tokenPolicySchema>;

const tokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  policies: z.array(tokenPolicySchema),
  condition: tokenConditionSchema.optional(),
  notBefore: instant.optional(),
  expiresOn: instant.optional(),
  status: z.enum(['active', 'disabled', 'expired']),
  /** SHA-256 of the value; by Cloudflare's rule also the token's R2 secret access key. */
  valueSha256: sha256Hex,
  issuedOn: instant,
  modifiedOn: instant,
  lastUsedOn: instant.optional(),
});
export type Token = z.infer<typeof tokenSchema>;

/** Ties a record to one bucket's life: a later bucket of the same name inherits nothing. */
const bucketReference = {
  jurisdiction: z.enum(jurisdictions),
  bucket: z.string(),
  bucketCreatedAt: instant,
};

const bucketSettingsSchema = z.strictObject({
  ...bucketReference,
  storageClass: z.enum(['Standard', 'InfrequentAccess']).optional(),
  managedDomainEnabled: z.boolean().optional(),
  lifecycleRules: z.array(lifecycleRuleSchema).optional(),
  lockRules: z.array(lockRuleSchema).optional(),
  corsRules: z.array(corsRuleSchema).optional(),
});
export type BucketSettings = z.infer<typeof bucketSettingsSchema>;

const customDomainSchema = z.strictObject({
  hostname: z.string(),
  ...bucketReference,
  zoneId: z.string(),
  enabled: z.boolean(),
  minTls: z.enum(['1.0', '1.1', '1.2', '1.3']),
  ciphers: z.array(z.string()),
  attachedAt: instant,
});
export type CustomDomain = z.infer<typeof customDomainSchema>;

const accessPolicyFieldsSchema = z.strictObject({
  name: z.string(),
  decision: z.enum(['allow', 'deny', 'non_identity', 'bypass']),
  include: z.array(accessRuleSchema),
  exclude: z.array(accessRuleSchema),
  require: z.array(accessRuleSchema),
  /** Stored and returned; they change what people see after a login, which the sandbox does not have. */
  settings: z.record(z.string(), z.unknown()),
});
export type AccessPolicyFields = z.infer<typeof accessPolicyFieldsSchema>;

const reusablePolicySchema = z.strictObject({
  id: z.string(),
  ...accessPolicyFieldsSchema.shape,
  createdAt: instant,
  updatedAt: instant,
});
export type ReusablePolicy = z.infer<typeof reusablePolicySchema>;

const applicationPolicySchema = z.union([
  z.strictObject({ reusablePolicyId: z.string(), precedence: z.int() }),
  z.strictObject({
    id: z.string(),
    precedence: z.int(),
    ...accessPolicyFieldsSchema.shape,
    createdAt: instant,
    updatedAt: instant,
  }),
]);
export type ApplicationPolicy = z.infer<typeof applicationPolicySchema>;

const applicationSchema = z.strictObject({
  id: z.string(),
  /** The audience tag, 64 hex digits. */
  aud: z.string(),
  name: z.string(),
  domain: z.string(),
  destinations: z.array(destinationSchema).min(1),
  /** By precedence. */
  policies: z.array(applicationPolicySchema),
  settings: z.record(z.string(), z.unknown()),
  createdAt: instant,
  updatedAt: instant,
});
export type Application = z.infer<typeof applicationSchema>;

const serviceTokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** `<32 hex>.access`; never changes. */
  clientId: z.string(),
  secretSha256: sha256Hex,
  secretVersion: z.int(),
  /** Accepted beside the current one until its end. */
  previousSecret: z.strictObject({ sha256: sha256Hex.optional(), expiresAt: instant }).optional(),
  duration: z.string(),
  expiresAt: instant.optional(),
  enabled: z.boolean(),
  createdAt: instant,
  updatedAt: instant,
});
export type ServiceToken = z.infer<typeof serviceTokenSchema>;

export const accountStateSchema = z.strictObject({
  format: z.literal(1),
  tokens: z.array(tokenSchema),
  bucketSettings: z.array(bucketSettingsSchema),
  customDomains: z.array(customDomainSchema),
  applications: z.array(applicationSchema),
  reusablePolicies: z.array(reusablePolicySchema),
  serviceTokens: z.array(serviceTokenSchema),
  organization: z.strictObject({ authDomain: z.string(), name: z.string(), strictServiceTokenAuth: z.boolean() }),
});
export type AccountState = z.infer<typeof accountStateSchema>;
