import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Cloudflare from 'cloudflare';
import type { Jurisdiction } from '../../../base/location.ts';
import { openCloudflareAccount } from '../../../sandbox/cloudflare/account.ts';
import type { CloudflareAccount } from '../../../sandbox/cloudflare/account.ts';
import { cloudflareApi } from '../../../sandbox/cloudflare/api.ts';
import { openObjectStore } from '../../../sandbox/store/store.ts';
import type { DiskWorld } from '../../../sandbox/store/disk-world.ts';

/** A real account on a real store, its API on a real port, and a clock that tests move. */
export interface AccountUnderTest {
  readonly directory: string;
  readonly account: CloudflareAccount;
  readonly account_id: string;
  readonly worlds: Readonly<Record<Jurisdiction, DiskWorld>>;
  readonly clock: { now: Date };
  readonly client: Cloudflare;
  readonly baseURL: string;
  readonly clientWith: (apiToken: string) => Cloudflare;
  raw(method: string, path: string, options?: RawOptions): Promise<RawAnswer>;
  serve(listener: RequestListener): Promise<string>;
  /** Opens the same directory again, as after a restart. */
  reopened(): Promise<CloudflareAccount>;
  put(
    jurisdiction: Jurisdiction,
    bucket: string,
    key: string,
    body: string,
    headers?: Record<string, string>,
  ): Promise<void>;
  stop(): Promise<void>;
}

export interface RawOptions {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export async function accountUnderTest(options: { domainActivationMs?: number } = {}): Promise<AccountUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-cloudflare-'));
  const store = await openObjectStore(join(directory, 'objects'));
  const worlds = {
    default: await store.world('r2-default'),
    eu: await store.world('r2-eu'),
    us: await store.world('r2-us'),
    fedramp: await store.world('r2-fedramp'),
  };
  const clock = { now: new Date('2026-11-22T10:00:00.000Z') };
  const open = () =>
    openCloudflareAccount({ directory: join(directory, 'account'), worlds, now: () => clock.now, ...options });
  const account = await open();
  const stops: (() => Promise<void>)[] = [];
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const baseURL = `${await serve(await cloudflareApi(account))}/client/v4`;
  const clientWith = (apiToken: string) => new Cloudflare({ apiToken, baseURL, timeout: 10_000 });
  return {
    directory,
    account,
    account_id: account.accountId,
    worlds,
    clock,
    client: clientWith(account.administratorToken()),
    baseURL,
    clientWith,
    async raw(method, path, { body, headers } = {}) {
      const response = await fetch(`${baseURL}${path}`, {
        method,
        headers: { authorization: `Bearer ${account.administratorToken()}`, ...headers },
        ...(body !== undefined && { body }),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    serve,
    reopened: open,
    async put(jurisdiction, bucket, key, body, headers = { 'content-type': 'text/plain' }) {
      const world = worlds[jurisdiction];
      const received = await world.receive(bucket, chunks(body));
      world.put(bucket, key, received, { headers });
    },
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
      await account.close();
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

/** Status, code and message of a refused call of the `cloudflare` client. */
export async function refusalOf(
  call: PromiseLike<unknown>,
): Promise<{ status: number; code: number; message: string }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Cloudflare.APIError)) throw error;
    const { status, errors } = error as { status: number; errors: { code: number; message: string }[] };
    return { status, code: errors[0]?.code ?? 0, message: errors[0]?.message ?? '' };
  }
  throw new Error('the call was not refused');
}

export const groups = {
  tokensWrite: '5bc3f8b21c554832afc660159ab75fa4',
  tokensRead: 'eb56a6953c034b9d97dd838155666f06',
  storageRead: 'b4992e1108244f5d8bfbd5744320c2e1',
  storageWrite: 'bf7481a1826f439697cb59a20b22293e',
  itemRead: '6a018a9f2fc74eb6b293b0c548f38b39',
  itemWrite: '2efd5506f9c8494dacb1fa10a3e7d5b6',
  applicationsWrite: '1e13c5124ca64b72b1969a67e8829049',
  applicationsWriteOnZones: '959972745952452f8be2452be8cbb9f2',
  zoneRead: 'c8fed203ed3043cba015a93ad1616f1f',
};

/** A new token with one group on one resource. */
export async function mint(
  { client, account_id }: AccountUnderTest,
  group: string,
  resources: Record<string, string> = { [`com.cloudflare.api.account.${account_id}`]: '*' },
  more: { expires_on?: string; not_before?: string; condition?: object } = {},
) {
  return client.accounts.tokens.create({
    account_id,
    name: 'a token',
    policies: [{ effect: 'allow', permission_groups: [{ id: group }], resources }],
    ...more,
  });
}

export function bucketResource(account_id: string, bucket: string, jurisdiction = 'default'): Record<string, string> {
  return { [`com.cloudflare.edge.r2.bucket.${account_id}_${jurisdiction}_${bucket}`]: '*' };
}
