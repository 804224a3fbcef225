import assert from 'node:assert';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { jurisdictions } from '../base/location.ts';
import type { Jurisdiction } from '../base/location.ts';
import { openAwsAccount } from './aws/account.ts';
import type { AwsAccount } from './aws/account.ts';
import { awsAuthorizer } from './aws/authorizer.ts';
import { githubTokens } from './aws/github-tokens.ts';
import { awsListener } from './aws/listener.ts';
import { openCloudflareAccount } from './cloudflare/account.ts';
import type { CloudflareAccount } from './cloudflare/account.ts';
import { lockedWorld } from './cloudflare/locked-world.ts';
import { r2Authorizer } from './cloudflare/r2-authorizer.ts';
import { r2ExpiryRules, ruledWorld } from './cloudflare/ruled-world.ts';
import { edgeListener } from './edge/listener.ts';
import { loggingApi, loggingEdge, loggingQueries } from './decision-log/control-decision.ts';
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
import { processPorts } from './process-ports.ts';
import type { PortName } from './process-ports.ts';
import { continuing } from './process-server.ts';
import type { HttpListener } from './process-server.ts';
import { sluiceVersion } from './process-version.ts';
import type { Identity } from './s3/authorizer.ts';
import { startLifecycleTimer } from './s3/lifecycle-timer.ts';
import { s3Listener } from './s3/listener.ts';
import type { S3ListenerOptions } from './s3/listener.ts';
import { expiryRulesOf } from './s3/operations/bucket-lifecycle.ts';
import { awsProfile, r2Profile } from './s3/profile.ts';
import type { SandboxPorts, SandboxStatus } from './status.ts';
import type { DiskWorld } from './store/disk-world.ts';
import { openObjectStore } from './store/store.ts';
import { openCertificates } from './tls/certificate-files.ts';
import { tlsServerOptions } from './tls/server-options.ts';

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

/**
 * Starts the local clouds in this process: AWS, Cloudflare with R2 and the edge, over HTTP and HTTPS, and the control endpoint,
 * on the loopback address only, their state in `directory`. Throws `UserError` for a port taken or a directory in use or not
 * its own; nothing runs then.
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
    const domains = ['localhost', ...clouds.cloudflare.zones.map(({ name }) => name)];
    const certificates = await openCertificates({ directory: join(paths.state, 'tls'), domains, now });
    const health = { version: sluiceVersion(), pid: process.pid };
    const openPorts = processPorts(ports);
    const open = async (name: PortName, listener: HttpListener, tls?: TlsOptions): Promise<void> => {
      const server = await openPorts.open(name, listener, tls);
      closing.add(() => server.stop());
    };
    const listeners = dataListeners(clouds, { decisions, misbehaviour, now, hostsOf: openPorts.hostsOf });
    const tls = tlsServerOptions(certificates, domains);
    for (const name of decidingEndpoints) {
      await open(name, listeners[name]);
      await open(`${name}Https`, listeners[name], tls);
    }
    await open('control', controlListener({ health, decisions, misbehaviour, github: githubTokens(clouds.aws) }));
    const status = statusOf(clouds, openPorts.urls(), {
      ...health,
      directory: paths.directory,
      tls: { authorityFile: certificates.authorityFile },
    });
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
  /** What R2's S3 endpoint sees: locks enforced, the API's rules as S3's. */
  readonly s3WorldOf: (jurisdiction: Jurisdiction) => DiskWorld;
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
  const s3WorldOf = (jurisdiction: Jurisdiction): DiskWorld =>
    ruledWorld(cloudflare, jurisdiction, lockedWorld(cloudflare, jurisdiction, r2Worlds[jurisdiction]));
  const lifecycles = startLifecycleTimer([
    { world: awsWorld, rulesOf: (bucket) => expiryRulesOf(awsWorld, bucket), now: clock('aws') },
    ...jurisdictions.map((jurisdiction) => ({
      world: s3WorldOf(jurisdiction),
      rulesOf: r2ExpiryRules(cloudflare, jurisdiction, r2Worlds[jurisdiction]),
      now: clock('cloudflare'),
    })),
  ]);
  closing.add(() => lifecycles.stop());
  // Whoever moves the clock need not wait for the next sweep.
  misbehaviour.whenSet(() => void lifecycles.sweep());
  return { aws, awsWorld, cloudflare, r2Worlds, s3WorldOf };
}

interface Watch {
  readonly decisions: DecisionLog;
  readonly misbehaviour: Misbehaviour;
  readonly now: () => Date;
  /** Of an endpoint, once it listens. */
  readonly hostsOf: (endpoint: DecidingEndpoint) => readonly string[];
}

/** What answers on each port but the switchboard's. */
function dataListeners(
  { aws, awsWorld, cloudflare, s3WorldOf }: Clouds,
  { decisions, misbehaviour, now, hostsOf }: Watch,
): Record<DecidingEndpoint, HttpListener> {
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
      world: s3WorldOf(jurisdiction),
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
    cloudflare: loadedWhenAsked(async () => {
      const { cloudflareApi } = await import('./cloudflare/api.ts');
      return cloudflareApi(cloudflare, loggingApi(decisions));
    }),
    r2Default: r2('r2Default', 'default'),
    r2Eu: r2('r2Eu', 'eu'),
    r2Us: r2('r2Us', 'us'),
    r2Fedramp: r2('r2Fedramp', 'fedramp'),
    edge: continuing(edgeListener(cloudflare, loggingEdge(decisions))),
  };
  for (const endpoint of decidingEndpoints) {
    listeners[endpoint] = misbehavingListener(endpoint, listeners[endpoint], misbehaviour);
  }
  return listeners;
}

/** For a listener whose framework takes a good part of a start, and that a run with S3 alone never asks. */
function loadedWhenAsked(
  load: () => Promise<(request: IncomingMessage, response: ServerResponse) => void>,
): HttpListener {
  let loaded: ReturnType<typeof load> | undefined;
  return continuing((request, response) => {
    loaded ??= load();
    loaded
      .then((listener) => listener(request, response))
      .catch((error: unknown) => {
        console.error(error);
        response.destroy();
      });
  });
}

function statusOf(
  { aws, cloudflare }: Clouds,
  urls: Readonly<Record<PortName, string>>,
  process: Pick<SandboxStatus, 'version' | 'pid' | 'directory' | 'tls'>,
): SandboxStatus {
  const { accountId, region } = aws;
  return {
    ...process,
    aws: { endpoint: urls.aws, httpsEndpoint: urls.awsHttps, region, accountId, ...aws.administrator() },
    cloudflare: {
      apiBaseUrl: `${urls.cloudflare}/client/v4`,
      httpsApiBaseUrl: `${urls.cloudflareHttps}/client/v4`,
      accountId: cloudflare.accountId,
      apiToken: cloudflare.administratorToken(),
      zones: [...cloudflare.zones],
    },
    r2: {
      endpoints: { default: urls.r2Default, eu: urls.r2Eu, us: urls.r2Us, fedramp: urls.r2Fedramp },
      httpsEndpoints: {
        default: urls.r2DefaultHttps,
        eu: urls.r2EuHttps,
        us: urls.r2UsHttps,
        fedramp: urls.r2FedrampHttps,
      },
      ...administratorR2Keys(cloudflare),
    },
    edge: { http: urls.edge, https: urls.edgeHttps },
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
