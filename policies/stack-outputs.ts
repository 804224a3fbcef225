import { z } from 'zod';

/**
 * The stack outputs' shapes, fixed: `access` (public) and `credentials` (the only secret output).
 * Other programs may read them, so a key is added, never renamed.
 */
const dateText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

const issued = {
  generation: z.int().positive(),
  issuedOn: dateText,
  expiresOn: dateText.optional(),
};

export const credentialSchema = z.strictObject({
  provider: z.enum(['aws', 'r2', 'b2']),
  endpoint: z.url(),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string().optional(),
  slot: z.enum(['a', 'b']),
  ...issued,
});
export type Credential = z.infer<typeof credentialSchema>;

/** A role in place of keys: whoever it trusts takes it, with STS, for a session. Nothing in it is secret. */
const roleCredentialSchema = z.strictObject({
  provider: z.literal('aws'),
  endpoint: z.url(),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  identity: z.enum(['role', 'github-oidc']),
  roleArn: z.string(),
});
export type RoleCredential = z.infer<typeof roleCredentialSchema>;

export const serviceTokenSchema = z.strictObject({
  hostname: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  ...issued,
});
export type ServiceTokenCredential = z.infer<typeof serviceTokenSchema>;

const sideSchema = z.strictObject({ current: credentialSchema, previous: credentialSchema.optional() });
export type SideCredentials = z.infer<typeof sideSchema>;

export const credentialsOutputSchema = z.strictObject({
  format: z.literal(1),
  migrations: z.record(
    z.string(),
    z.strictObject({ source: sideSchema.optional(), destination: sideSchema.optional() }),
  ),
  domains: z.record(
    z.string(),
    z.strictObject({
      serviceTokens: z.record(
        z.string(),
        z.strictObject({ current: serviceTokenSchema, previous: serviceTokenSchema.optional() }),
      ),
    }),
  ),
  /** By credential, `media/source`; absent where the stack has none. Such a side has no place in `migrations`. */
  roles: z.record(z.string(), roleCredentialSchema).optional(),
});
export type CredentialsOutput = z.infer<typeof credentialsOutputSchema>;
