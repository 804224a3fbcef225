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
import { lockedWorld } from './cloudflare/locked-world.ts';
import { r2Authorizer } from './cloudflare/r2-authorizer.ts';
import { edgeListener } from './edge/listener.ts';
import { loggingApi, loggingQueries } from './decision-log/control-decision.ts';
import { openDecisionFile } from './decision-log/decision-file.ts';
import { decisionLog } from './decision-log/decision-log.ts';
import type { DecisionLog } from './decision-log/decision-log.ts';
import { decidingEndpoints } from './decision-log/logged-decision.ts';
import type { DecidingEndpoint } from './decision-log/logged-decision.ts';
import { loggingStorage } from './decision-log/storage-decision.ts';
import { lateKeys } from './misbehaviour/late-keys.ts';
import { misbehavingListener } from './misbehaviour/misbehaving-listener.ts';
import { misbehavingWorld } from './misbehaviour/misbehaving-world.ts';
import { openMisbehaviour } from './misbehaviour/misbehaviour.ts';
import type { Misbehaviour } from './misbehaviour/misbehaviour.ts';
import { controlListener } from './process-control.ts';
import { prepareDirectory, sandboxDirectory } from './process-directory.ts';
import { acquireLock } from './process-lock.ts';
import type { Health } from './process-record.ts';
import { continuing, listenOnLoopback } from './process-server.ts';
import type { HttpListener } from './process-server.ts';
import { sluiceVersion } from './process-version.ts';
import type { Identity } from './s3/authorizer.ts';
import { s3Listener } from './s3/listener.ts';
import type { S3ListenerOptions } from './s3/listener.ts';
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
    const decisionFile = await openDecisionFile(join(paths.state, 'decisions'));
    closing.add(() => decisionFile.close());
    const [decisions, misbehaviour] = [decisionLog(decisionFile), openMisbehaviour()];
    const clouds = await openClouds(paths.state, { now, misbehaviour }, closing);
    const health = { version: sluiceVersion(), pid: process.pid };
    const urls: Partial<Record<PortName, string>> = {};
    const hostsOf = (name: PortName): string[] => {
      const { port } = new URL(urls[name] ?? 'http://127.0.0.1');
      return [`127.0.0.1:${port}`, `localhost:${port}`];
    };
    const data = await dataListeners(clouds, { decisions, misbehaviour, now, hostsOf });
    const listeners = { ...data, control: controlListener({ health, decisions, misbehaviour }) };
    const chosenPorts = { ...defaultPorts, ...ports };
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

async function openClouds(
  state: string,
  { now, misbehaviour }: { readonly now: () => Date; readonly misbehaviour: Misbehaviour },
  closing: Closing,
): Promise<Clouds> {
  const clock = (endpoint: 'aws' | 'cloudflare') => () => new Date(now().getTime() + misbehaviour.skewMs(endpoint));
  const store = await openObjectStore(join(state, 'objects'), now);
  closing.add(() => store.close());
  const aws = await openAwsAccount(join(state, 'aws'), clock('aws'));
  closing.add(() => aws.close());
  const [awsWorld, ...r2] = await Promise.all([
    store.world('aws'),
    store.world('r2-default'),
    store.world('r2-eu'),
    store.world('r2-us'),
    store.world('r2-fedramp'),
  ]);
  const r2Worlds = { default: r2[0], eu: r2[1], us: r2[2], fedramp: r2[3] };
  const cloudflare = await openCloudflareAccount({
    directory: join(state, 'cloudflare'),
    worlds: r2Worlds,
    now: clock('cloudflare'),
  });
  closing.add(() => cloudflare.close());
  return { aws, awsWorld, cloudflare, r2Worlds };
}

interface Watch {
  readonly decisions: DecisionLog;
  readonly misbehaviour: Misbehaviour;
  readonly now: () => Date;
  /** Of an endpoint, once it listens. */
  readonly hostsOf: (endpoint: DecidingEndpoint) => readonly string[];
}

/** What answers on each port but the switchboard's. */
async function dataListeners(
  { aws, awsWorld, cloudflare, r2Worlds }: Clouds,
  { decisions, misbehaviour, now, hostsOf }: Watch,
): Promise<Record<DecidingEndpoint, HttpListener>> {
  const storage = <Caller extends Identity>(
    endpoint: DecidingEndpoint,
    options: Pick<S3ListenerOptions<Caller>, 'world' | 'authorizer' | 'profile' | 'region'>,
  ): HttpListener =>
    s3Listener({
      ...options,
      ...loggingStorage(decisions, endpoint),
      world: misbehavingWorld(options.world),
      now: () => new Date(now().getTime() + misbehaviour.skewMs(endpoint)),
    });
  // A bucket that is not there has no policy either.
  const resourcePolicyOf = (bucket: string): string | undefined =>
    awsWorld.bucket(bucket) && (awsWorld.setting(bucket, 'policy') ?? undefined);
  const s3 = storage('aws', {
    world: awsWorld,
    authorizer: awsAuthorizer(aws, { resourcePolicyOf }),
    profile: awsProfile,
    region: aws.region,
  });
  // IAM and STS know keys as late as S3 does.
  misbehaviour.whenSet(() => {
    const { newKeySeconds = 0, revokedKeySeconds = 0 } = misbehaviour.keyDelay('aws') ?? {};
    aws.setConsistency({ newKeySeconds, deletedKeySeconds: revokedKeySeconds });
  });
  const r2 = (endpoint: DecidingEndpoint, jurisdiction: Jurisdiction): HttpListener =>
    storage(endpoint, {
      world: lockedWorld(cloudflare, jurisdiction, r2Worlds[jurisdiction]),
      authorizer: lateKeys(
        r2Authorizer(cloudflare, jurisdiction, { ownHosts: () => hostsOf(endpoint) }),
        endpoint,
        misbehaviour,
        ({ token }) => new Date(token.issuedOn),
      ),
      profile: r2Profile,
      region: 'auto',
    });
  const listeners = {
    aws: awsListener(aws, s3, loggingQueries(decisions)),
    cloudflare: continuing(await cloudflareApi(cloudflare, loggingApi(decisions))),
    r2Default: r2('r2Default', 'default'),
    r2Eu: r2('r2Eu', 'eu'),
    r2Us: r2('r2Us', 'us'),
    r2Fedramp: r2('r2Fedramp', 'fedramp'),
    edge: continuing(edgeListener(cloudflare)),
  };
  for (const endpoint of decidingEndpoints) {
    listeners[endpoint] = misbehavingListener(endpoint, listeners[endpoint], misbehaviour);
  }
  return listeners;
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
