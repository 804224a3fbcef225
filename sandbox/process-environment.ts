import type { SandboxStatus } from './status.ts';

/**
 * The environment that points ordinary clients at a running sandbox, administrator credentials included:
 * names that the AWS CLI and SDKs and Cloudflare's clients read themselves, and our own for R2, where no client has any.
 */
export function sandboxEnvironment({ aws, cloudflare, r2, edge }: SandboxStatus): Record<string, string> {
  const otherR2Endpoints = Object.entries(r2.endpoints)
    .filter(([jurisdiction]) => jurisdiction !== 'default')
    .map(([jurisdiction, endpoint]): [string, string] => [
      `SLUICE_R2_ENDPOINT_${jurisdiction.toUpperCase()}`,
      endpoint,
    ]);
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
    SLUICE_R2_ENDPOINT: r2.endpoints.default,
    ...Object.fromEntries(otherR2Endpoints),
    SLUICE_EDGE_URL: edge.http,
  };
}
