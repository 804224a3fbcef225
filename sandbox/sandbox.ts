import assert from 'node:assert';
import { join } from 'node:path';
import type { Jurisdiction } from '../base/location.ts';
import { openAwsAccount } from './aws/account.ts';
import type { AwsAccount } from './aws/account.ts';
import { awsAuthorizer } from './aws/authorizer.ts';
import { awsListener } from './aws/listener.ts';
import { openCloudflareAccount } from './cloudflare/account.ts';
import type { CloudflareAccount } from './cloudflare/account.ts';
import { cloudflareApi } from './cloudflare/api.ts';
import { r2Authorizer } from './cloudflare/r2-authorizer.ts';
import { edgeListener } from './edge/listener.ts';
import { controlListener } from './process-control.ts';
import { prepareDirectory, sandboxDirectory } from './process-directory.ts';
import { acquireLock } from './process-lock.ts';
import type { Health } from './process-record.ts';
import { continuing, listenOnLoopback } from './process-server.ts';
import type { HttpListener } from './process-server.ts';
import { sluiceVersion } from './process-version.ts';
import { s3Listener } from './s3/listener.ts';
import { awsProfile, r2Profile } from './s3/profile.ts';
import { defaultPorts } from './status.ts';
import type { SandboxPorts, SandboxStatus } from './status.ts';
import type { DiskWorld } from './store/disk-world.ts';
import { openObjectStore } from './store/store.ts';

export interface SandboxOptions {
  /** Made where it is absent; its `state` must be a sandbox's or absent. */
  readonly directory: string;
  /** The default ports unless said; 0 picks a free one. */
  readonly ports?: Partial<SandboxPorts>;
  readonly now?: () => Date;
}

export interface RunningSandbox {
  readonly status: SandboxStatus;
  /** Ends all connections and writes what is in memory only. */
  stop(): Promise<void>;
}

type PortName = keyof SandboxPorts;

/**
 * Starts the local clouds in this process: AWS, Cloudflare with R2, the edge and the control endpoint, on the loopback
 * address only, their state in `directory`. Throws `UserError` for a port taken or a directory in use or not its own;
 * nothing runs then.
 */
export async function startSandbox({
  directory,
  ports,
  now = () => new Date(),
}: SandboxOptions): Promise<RunningSandbox> {
  const closing = closeInReverse();
  try {
    const paths = sandboxDirectory(directory);
    await prepareDirectory(paths);
    const lock = await acquireLock(paths.lock);
    closing.add(() => lock.release());
    const clouds = await openClouds(paths.state, now, closing);
    const health = { version: sluiceVersion(), pid: process.pid };
    const listeners = await listenersOf(clouds, health);
    const chosenPorts = { ...defaultPorts, ...ports };
    const urls: Partial<Record<PortName, string>> = {};
    for (const name of Object.keys(listeners) as PortName[]) {
      const server = await listenOnLoopback(name, chosenPorts[name], listeners[name]);
      closing.add(() => server.stop());
      urls[name] = server.url;
    }
    const status = statusOf(clouds, urls as Record<PortName, string>, { ...health, directory: paths.directory });
    return { status, stop: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

interface Clouds {
  readonly aws: AwsAccount;
  readonly awsWorld: DiskWorld;
  readonly cloudflare: CloudflareAccount;
  readonly r2Worlds: Readonly<Record<Jurisdiction, DiskWorld>>;
}

async function openClouds(state: string, now: () => Date, closing: Closing): Promise<Clouds> {
  const store = await openObjectStore(join(state, 'objects'));
  closing.add(() => store.close());
  const aws = await openAwsAccount(join(state, 'aws'), now);
  closing.add(() => aws.close());
  const [awsWorld, ...r2] = await Promise.all([
    store.world('aws'),
    store.world('r2-default'),
    store.world('r2-eu'),
    store.world('r2-us'),
    store.world('r2-fedramp'),
  ]);
  const r2Worlds = { default: r2[0], eu: r2[1], us: r2[2], fedramp: r2[3] };
  const cloudflare = await openCloudflareAccount({ directory: join(state, 'cloudflare'), worlds: r2Worlds, now });
  closing.add(() => cloudflare.close());
  return { aws, awsWorld, cloudflare, r2Worlds };
}

/** What answers on each port. */
async function listenersOf(
  { aws, awsWorld, cloudflare, r2Worlds }: Clouds,
  health: Health,
): Promise<Record<PortName, HttpListener>> {
  const s3 = s3Listener({ world: awsWorld, authorizer: awsAuthorizer(aws), profile: awsProfile, region: aws.region });
  const r2 = (jurisdiction: Jurisdiction): HttpListener => {
    const authorizer = r2Authorizer(cloudflare, jurisdiction);
    return s3Listener({ world: r2Worlds[jurisdiction], authorizer, profile: r2Profile, region: 'auto' });
  };
  return {
    aws: awsListener(aws, s3),
    cloudflare: continuing(await cloudflareApi(cloudflare)),
    r2Default: r2('default'),
    r2Eu: r2('eu'),
    r2Us: r2('us'),
    r2Fedramp: r2('fedramp'),
    edge: continuing(edgeListener(cloudflare)),
    control: controlListener(health),
  };
}

function statusOf(
  { aws, cloudflare }: Clouds,
  urls: Readonly<Record<PortName, string>>,
  process: Health & { readonly directory: string },
): SandboxStatus {
  const { accountId, region } = aws;
  return {
    ...process,
    aws: { endpoint: urls.aws, region, accountId, ...aws.administrator() },
    cloudflare: {
      apiBaseUrl: `${urls.cloudflare}/client/v4`,
      accountId: cloudflare.accountId,
      apiToken: cloudflare.administratorToken(),
      zones: [...cloudflare.zones],
    },
    r2: {
      endpoints: { default: urls.r2Default, eu: urls.r2Eu, us: urls.r2Us, fedramp: urls.r2Fedramp },
      ...administratorR2Keys(cloudflare),
    },
    edge: { http: urls.edge },
    control: { url: urls.control },
  };
}

/** R2 derives S3 keys from a token: its id, and the SHA-256 of its value (Cloudflare docs, "R2 > API tokens"). */
function administratorR2Keys(cloudflare: CloudflareAccount): { accessKeyId: string; secretAccessKey: string } {
  const token = cloudflare.tokenByValue(cloudflare.administratorToken());
  assert(token, 'opening the account made it');
  return { accessKeyId: token.id, secretAccessKey: token.valueSha256 };
}

interface Closing {
  add(step: () => void | Promise<void>): void;
  /** Runs every step, the last added first, then throws what the first failing one threw. A second call does nothing. */
  close(): Promise<void>;
}

function closeInReverse(): Closing {
  const steps: (() => void | Promise<void>)[] = [];
  return {
    add: (step) => void steps.push(step),
    async close() {
      const failures: unknown[] = [];
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
