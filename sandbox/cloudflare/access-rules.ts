import { z } from 'zod';

/** An Access rule: one selector an object, as the API has it (Cloudflare docs: "Access policies > Selectors"). */
const identityProvider = { identity_provider_id: z.string() };
const empty = z.strictObject({});

export const accessRuleSchema = z.union([
  z.strictObject({ email: z.strictObject({ email: z.email() }) }),
  z.strictObject({ email_domain: z.strictObject({ domain: z.string().min(1) }) }),
  z.strictObject({ email_list: z.strictObject({ id: z.string() }) }),
  z.strictObject({ everyone: empty }),
  z.strictObject({ group: z.strictObject({ id: z.string() }) }),
  z.strictObject({ ip: z.strictObject({ ip: z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]) }) }),
  z.strictObject({ ip_list: z.strictObject({ id: z.string() }) }),
  z.strictObject({ geo: z.strictObject({ country_code: z.string().regex(/^[A-Z0-9]{2}$/) }) }),
  z.strictObject({ service_token: z.strictObject({ token_id: z.string() }) }),
  z.strictObject({ any_valid_service_token: empty }),
  z.strictObject({ login_method: z.strictObject({ id: z.string() }) }),
  z.strictObject({ auth_method: z.strictObject({ auth_method: z.string() }) }),
  z.strictObject({ certificate: empty }),
  z.strictObject({ common_name: z.strictObject({ common_name: z.string() }) }),
  z.strictObject({ okta: z.strictObject({ ...identityProvider, name: z.string() }) }),
  z.strictObject({
    saml: z.strictObject({ ...identityProvider, attribute_name: z.string(), attribute_value: z.string() }),
  }),
  z.strictObject({
    oidc: z.strictObject({ ...identityProvider, claim_name: z.string(), claim_value: z.string() }),
  }),
  z.strictObject({ gsuite: z.strictObject({ ...identityProvider, email: z.string() }) }),
  z.strictObject({ azureAD: z.strictObject({ ...identityProvider, id: z.string() }) }),
  z.strictObject({
    'github-organization': z.strictObject({ ...identityProvider, name: z.string(), team: z.string().optional() }),
  }),
  z.strictObject({ auth_context: z.strictObject({ ...identityProvider, id: z.string(), ac_id: z.string() }) }),
  z.strictObject({ device_posture: z.strictObject({ integration_uid: z.string() }) }),
]);
export type AccessRule = z.infer<typeof accessRuleSchema>;

/** `host[/path]`, each label and segment with one `*` at most; no port, query or fragment. Docs: "Application paths". */
const publicUri = z
  .string()
  .regex(
    /^[a-z0-9*_-]+(\.[a-z0-9*_-]+)+(\/[^?#\s]*)?$/i,
    'a hostname with an optional path, without port, query or fragment',
  )
  .refine((uri) => uri.split(/[./]/).every((part) => part.split('*').length <= 2), 'one "*" in each label or segment');

/** What an application covers; the sandbox's edge serves public hostnames only. */
export const destinationSchema = z.strictObject({ type: z.literal('public').default('public'), uri: publicUri });
export type Destination = z.infer<typeof destinationSchema>;
