import type Cloudflare from 'cloudflare';
import { type BucketLocation, locationUrl } from '../base/location.ts';
import { UserError } from '../base/user-error.ts';
import { r2KeysOfToken } from '../policies/r2-keys.ts';
import type { AccessKeys, BucketPlace } from '../engine/place.ts';
import { storageEndpoint } from '../policies/public-endpoints.ts';
import type { Credential } from '../policies/stack-outputs.ts';
import type { PulumiProject, Stack } from './stack.ts';

/**
 * The deploying identity, as object stores see it: what prepares and removes canaries. AWS: the ambient credentials.
 * R2: the S3 keys that derive from the deploy token. Neither is ever stored.
 */
export interface Administrators {
  /** A place with the deploying identity's keys. Throws `UserError` where the environment holds none. */
  place(location: BucketLocation): Promise<BucketPlace>;
}

/** Finds the deploying identity's keys when they are first needed, and once. */
export function administratorsOf(stack: Stack): Administrators {
  const keys: Partial<Record<BucketLocation['provider'], Promise<AccessKeys>>> = {};
  const find = { aws: () => awsKeys(stack), r2: () => r2Keys(stack) };
  return {
    async place(location) {
      const credentials = await (keys[location.provider] ??= find[location.provider]());
      return bucketPlace(stack, location, credentials);
    },
  };
}

/** The engine's view of a location for a holder of `credentials`. */
export function bucketPlace(stack: Stack, location: BucketLocation, credentials: AccessKeys): BucketPlace {
  const { provider, bucket, prefix } = location;
  const { requesterPays, kmsKeyArn } = location.provider === 'aws' ? location : {};
  return {
    kind: 'bucket',
    provider,
    bucket,
    prefix,
    credentials,
    ...(requesterPays && { requesterPays }),
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    ...storageEndpoint(location, stack.configuration.endpoints),
  };
}

/** A credential of the stack's outputs, as requests are signed with it. */
export function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Credential): AccessKeys {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** A client of the Cloudflare API with the deploy token. Throws `UserError` where there is none. */
export async function cloudflareClient(stack: PulumiProject): Promise<Cloudflare> {
  // The SDKs are loaded where they are used: each takes longer to load than most commands take.
  const { default: Client } = await import('cloudflare');
  return new Client({
    apiToken: deployToken(stack),
    ...(stack.sandbox && { baseURL: stack.sandbox.cloudflare.apiBaseUrl }),
  });
}

/** The deploying identity on AWS. Throws `UserError` where there is none. */
export async function awsKeys({ sandbox, configuration }: Stack): Promise<AccessKeys> {
  if (sandbox) {
    const { accessKeyId, secretAccessKey } = sandbox.aws;
    return { accessKeyId, secretAccessKey };
  }
  try {
    // The SDK's own chain: environment, shared files, single sign-on, instance roles.
    const { STSClient } = await import('@aws-sdk/client-sts');
    const client = new STSClient(configuration.providers.aws ? { region: configuration.providers.aws.region } : {});
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  } catch (cause) {
    throw new UserError({
      where: 'AWS credentials',
      what: 'none were found for the deploying identity',
      fix: 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      cause,
    });
  }
}

async function r2Keys(stack: Stack): Promise<AccessKeys> {
  if (stack.sandbox) {
    const { accessKeyId, secretAccessKey } = stack.sandbox.r2;
    return { accessKeyId, secretAccessKey };
  }
  const accountId = stack.configuration.providers.r2?.accountId ?? '';
  const client = await cloudflareClient(stack);
  const verified = await client.accounts.tokens.verify({ account_id: accountId });
  return r2KeysOfToken(verified.id, deployToken(stack));
}

/** Where Cloudflare's API answers for this stack; https://developers.cloudflare.com/api/ for a real one. */
export function cloudflareApi({ sandbox }: PulumiProject): string {
  return sandbox?.cloudflare.apiBaseUrl ?? 'https://api.cloudflare.com/client/v4';
}

/** The token that deploys the stack. Throws `UserError` where there is none. */
export function deployToken({ sandbox }: PulumiProject): string {
  const token = sandbox ? sandbox.cloudflare.apiToken : process.env['CLOUDFLARE_API_TOKEN'];
  if (token !== undefined && token !== '') return token;
  throw new UserError({
    where: 'CLOUDFLARE_API_TOKEN',
    what: 'is not set',
    fix: 'set it to the deploy token (docs/accounts.md says which permissions it needs)',
  });
}

/** Throws `UserError` naming the location; for callers that found no credential for it in the stack's outputs. */
export function notDeployed(location: BucketLocation, stack: Stack): UserError {
  return new UserError({
    where: locationUrl(location),
    what: 'the stack has no credential for it yet',
    fix: `run \`npm run sluice -- up --stack ${stack.name}\``,
  });
}
