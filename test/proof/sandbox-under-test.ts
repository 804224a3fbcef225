import Cloudflare from 'cloudflare';
import type { AccessKeys } from '../../engine/place.ts';
import type { SandboxStatus } from '../../sandbox/status.ts';
import { startPrivateSandbox } from '../support/private-sandbox.ts';

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
  const running = await startPrivateSandbox();
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
    stop: () => running.stop(),
  };
}
