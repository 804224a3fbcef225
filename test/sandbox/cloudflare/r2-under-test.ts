import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { r2Authorizer, type R2AuthorizerOptions } from '../../../sandbox/cloudflare/r2-authorizer.ts';
import { s3Listener } from '../../../sandbox/s3/listener.ts';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import type { DiskWorld } from '../../../sandbox/store/disk-world.ts';
import type { AccountUnderTest } from './account-under-test.ts';

/** Keys for R2's S3 endpoint. */
export interface R2Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The default S3 endpoint of an account under test, on a real port. */
export interface R2UnderTest {
  readonly url: string;
  /** A client that holds `keys`: the administrator's, unless the test names others. */
  client(keys?: R2Keys): S3Client;
  destroyClients(): void;
}

/** Serves R2 over `world`: the bare objects, unless the test names one that knows rules; ended by `under.stop`. */
export async function serveR2(
  under: AccountUnderTest,
  { world = under.worlds.default, ...options }: R2AuthorizerOptions & { readonly world?: DiskWorld } = {},
): Promise<R2UnderTest> {
  const { account } = under;
  const authorizer = r2Authorizer(account, 'default', options);
  const url = await under.serve(s3Listener({ world, authorizer, profile: r2Profile, region: 'auto' }));
  const administrator = account.tokenByValue(account.administratorToken());
  const ofAdministrator = { accessKeyId: administrator?.id ?? '', secretAccessKey: administrator?.valueSha256 ?? '' };
  const clients: S3Client[] = [];
  return {
    url,
    client({ accessKeyId, secretAccessKey, sessionToken } = ofAdministrator) {
      const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
      const client = new S3Client({ endpoint: url, region: 'auto', forcePathStyle: true, credentials, maxAttempts: 1 });
      clients.push(client);
      return client;
    },
    destroyClients() {
      for (const client of clients) client.destroy();
    },
  };
}

/** The secret of S3 keys that come from a token's value or a temporary credential's JWT (Cloudflare docs: "R2 > API tokens"). */
export function s3SecretOf(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
