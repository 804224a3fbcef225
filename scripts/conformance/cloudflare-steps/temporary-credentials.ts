import type Cloudflare from 'cloudflare';
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { apiStep, type CloudflareSession } from '../cloudflare-session.ts';
import { Refused } from '../step.ts';
import { bucket, euBucket } from './bucket-names.ts';

/** What `use` gives, with a client that signs with the temporary credentials that were made last. Throws `Refused`. */
async function withTemporary<Result>(
  session: CloudflareSession,
  use: (storage: S3Client) => Promise<Result>,
): Promise<Result> {
  const storage = new S3Client({
    endpoint: session.r2Endpoints.default,
    region: 'auto',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: session.recall('temporary id'),
      secretAccessKey: session.recall('temporary secret'),
      sessionToken: session.recall('temporary session'),
    },
  });
  try {
    return await use(storage);
  } catch (error) {
    if (error instanceof S3ServiceException) throw new Refused(error.$metadata.httpStatusCode, error.name);
    throw error;
  } finally {
    storage.destroy();
  }
}

async function putWithTemporary(session: CloudflareSession, Key: string): Promise<string> {
  return withTemporary(session, async (storage) => {
    await storage.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'a' }));
    return 'done';
  });
}

const mint = async (
  client: Cloudflare,
  session: CloudflareSession,
  permission: 'object-read-write' | 'object-read-only',
) => {
  const made = await client.r2.temporaryCredentials.create({
    account_id: session.account_id,
    bucket,
    parentAccessKeyId: session.recall('object writer id'),
    permission,
    ttlSeconds: 900,
    prefixes: ['uploads/'],
  });
  session.remember('temporary id', made.accessKeyId);
  session.remember('temporary secret', made.secretAccessKey);
  session.remember('temporary session', made.sessionToken);
  return made.sessionToken === undefined ? 'no session token' : 'a session token';
};

/** Temporary credentials (Cloudflare documentation, "R2 > S3 > Temporary credentials"), then the end of what was made. */
export const temporaryCredentials = [
  apiStep(
    'administrator',
    'r2.temporaryCredentials.create',
    'to write below uploads/',
    'a session token',
    (client, session) => mint(client, session, 'object-read-write'),
  ),
  apiStep('temporary', 'PutObject', 'below uploads/', 'done', async (_client, session) =>
    putWithTemporary(session, 'uploads/a'),
  ),
  apiStep('temporary', 'PutObject', 'outside uploads/', 'refused: 403 AccessDenied', async (_client, session) =>
    putWithTemporary(session, 'private/a'),
  ),
  apiStep(
    'administrator',
    'r2.temporaryCredentials.create',
    'to read below uploads/',
    'a session token',
    (client, session) => mint(client, session, 'object-read-only'),
  ),
  apiStep('temporary', 'GetObject', 'below uploads/', 'a', async (_client, session) =>
    withTemporary(session, async (storage) => {
      const { Body } = await storage.send(new GetObjectCommand({ Bucket: bucket, Key: 'uploads/a' }));
      return String(await Body?.transformToString());
    }),
  ),
  apiStep(
    'temporary',
    'PutObject',
    'with a credential that reads',
    'refused: 403 AccessDenied',
    async (_client, session) => putWithTemporary(session, 'uploads/b'),
  ),
  apiStep(
    'settings reader',
    'r2.temporaryCredentials.create',
    "of another's key, not granted",
    'refused: 403 10000',
    (client, session) => mint(client, session, 'object-read-only'),
  ),
  apiStep(
    'administrator',
    'r2.buckets.delete',
    'that holds objects',
    'refused: 409 10008',
    async (client, { account_id }) => JSON.stringify(await client.r2.buckets.delete(bucket, { account_id })),
  ),
  apiStep(
    'administrator',
    'accounts.tokens.delete',
    'the parent of the temporary credential',
    'done',
    async (client, session) => {
      await client.accounts.tokens.delete(session.recall('object writer id'), { account_id: session.account_id });
      return 'done';
    },
  ),
  apiStep('temporary', 'GetObject', 'without its parent', 'refused', async (_client, session) =>
    withTemporary(session, async (storage) => {
      await storage.send(new GetObjectCommand({ Bucket: bucket, Key: 'uploads/a' }));
      return 'done';
    }).catch((error: unknown) => {
      // No page of the documentation says with which code.
      if (error instanceof Refused) return 'refused';
      throw error;
    }),
  ),
  apiStep('administrator', 'r2.buckets.delete', 'the empty EU bucket', 'done', async (client, { account_id }) => {
    await client.r2.buckets.delete(euBucket, { account_id, 'cf-r2-jurisdiction': 'eu' });
    return 'done';
  }),
];
