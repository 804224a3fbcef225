import type { SandboxStatus } from './status.ts';

/**
 * The environment that points ordinary clients at a running sandbox, administrator credentials included:
 * names that the AWS CLI and SDKs and Cloudflare's clients read themselves, and our own for what no client has a name for:
 * R2, the edge, and everything over HTTPS. The variables by which clients trust an authority are not among them: most
 * replace all others that a client trusts, and may hold a company's own.
 */
export function sandboxEnvironment({ aws, cloudflare, r2, edge, tls }: SandboxStatus): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
    AWS_REGION: aws.region,
    AWS_DEFAULT_REGION: aws.region,
    AWS_ENDPOINT_URL: aws.endpoint,
    CLOUDFLARE_API_TOKEN: cloudflare.apiToken,
    CLOUDFLARE_BASE_URL: cloudflare.apiBaseUrl,
    CLOUDFLARE_ACCOUNT_ID: cloudflare.accountId,
    SLUICE_R2_ACCESS_KEY_ID: r2.accessKeyId,
    SLUICE_R2_SECRET_ACCESS_KEY: r2.secretAccessKey,
    ...byJurisdiction('SLUICE_R2_ENDPOINT', r2.endpoints),
    SLUICE_EDGE_URL: edge.http,
    SLUICE_AWS_HTTPS_ENDPOINT: aws.httpsEndpoint,
    SLUICE_CLOUDFLARE_HTTPS_BASE_URL: cloudflare.httpsApiBaseUrl,
    ...byJurisdiction('SLUICE_R2_HTTPS_ENDPOINT', r2.httpsEndpoints),
    SLUICE_EDGE_HTTPS_URL: edge.https,
    SLUICE_SANDBOX_AUTHORITY: tls.authorityFile,
  };
}

/** `NAME` for the default jurisdiction, `NAME_EU` and the like for the others. */
function byJurisdiction(name: string, endpoints: SandboxStatus['r2']['endpoints']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([jurisdiction, endpoint]) => [
      jurisdiction === 'default' ? name : `${name}_${jurisdiction.toUpperCase()}`,
      endpoint,
    ]),
  );
}
