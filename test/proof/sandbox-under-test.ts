import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Cloudflare from 'cloudflare';
import type { AccessKeys } from '../../engine/place.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { type SandboxStatus, defaultPorts } from '../../sandbox/status.ts';

export interface SandboxUnderTest {
  readonly status: SandboxStatus;
  readonly cloudflare: Cloudflare;
  /** The sandbox's own administrator at S3. */
  administratorAt(provider: 'aws' | 'r2'): {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: AccessKeys;
  };
  /** Also removes its directory. */
  stop(): Promise<void>;
}

/** A sandbox of this test's own, on free ports and in a directory of its own. */
export async function sandboxUnderTest(): Promise<SandboxUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-proof-'));
  const free = Object.fromEntries(Object.keys(defaultPorts).map((name) => [name, 0]));
  const running = await startSandbox({ directory, ports: free });
  const { status } = running;
  const { apiToken, apiBaseUrl } = status.cloudflare;
  return {
    status,
    cloudflare: new Cloudflare({ apiToken, baseURL: apiBaseUrl }),
    administratorAt(provider) {
      if (provider === 'r2') {
        const { endpoints, accessKeyId, secretAccessKey } = status.r2;
        return { endpoint: endpoints.default, region: 'auto', credentials: { accessKeyId, secretAccessKey } };
      }
      const { endpoint, region, accessKeyId, secretAccessKey } = status.aws;
      return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
    },
    async stop() {
      await running.stop();
      await rm(directory, { recursive: true });
    },
  };
}
