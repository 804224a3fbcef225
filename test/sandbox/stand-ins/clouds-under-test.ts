import type { RunningSandbox } from '../../../sandbox/sandbox.ts';
import type { Properties } from '../../../sandbox/stand-ins/provider/property-value.ts';
import type { SandboxStatus } from '../../../sandbox/status.ts';
import { startPrivateSandbox } from '../../support/private-sandbox.ts';
import { type StandIn, type StandInName, startStandIn } from './stand-in-under-test.ts';

/** A sandbox of its own on free ports, and a stand-in configured for it. */
export interface Clouds {
  readonly status: SandboxStatus;
  readonly standIn: StandIn;
  dispose(): Promise<void>;
}

export async function startClouds(name: StandInName, settings: Properties = {}): Promise<Clouds> {
  const sandbox = await startPrivateSandbox();
  const standIn = await configuredStandIn(name, sandbox, settings);
  return {
    status: sandbox.status,
    standIn,
    async dispose() {
      await standIn.stop();
      await sandbox.stop();
    },
  };
}

/** The settings that Pulumi.dev.yaml gives the provider, as the engine passes them: text. */
export function settingsFor(name: StandInName, { aws, cloudflare }: SandboxStatus): Properties {
  if (name === 'cloudflare') return { baseUrl: cloudflare.apiBaseUrl };
  return {
    region: aws.region,
    endpoints: JSON.stringify([{ iam: aws.endpoint, sts: aws.endpoint, s3: aws.endpoint }]),
    s3UsePathStyle: 'true',
    skipCredentialsValidation: 'true',
  };
}

async function configuredStandIn(
  name: StandInName,
  { status }: RunningSandbox,
  settings: Properties,
): Promise<StandIn> {
  const standIn = await startStandIn(name, {
    AWS_ACCESS_KEY_ID: status.aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: status.aws.secretAccessKey,
    CLOUDFLARE_API_TOKEN: status.cloudflare.apiToken,
  });
  await standIn.configure({ ...settingsFor(name, status), ...settings });
  return standIn;
}
