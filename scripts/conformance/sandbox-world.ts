import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessKeys } from '../../engine/place.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { freePorts } from '../../sandbox/status.ts';
import { makeR2Place } from './r2-place.ts';
import { makeS3Place } from './s3-place.ts';
import type { OpenWorld, Place, Programs } from './world.ts';

/** A private sandbox, on free ports and in a directory of its own. */
export async function openSandboxWorld(programs: Programs): Promise<OpenWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-conformance-'));
  const running = await startSandbox({ directory, ports: freePorts });
  const { status } = running;
  const [zone = { id: '', name: '' }] = status.cloudflare.zones;
  const cloudflare = {
    baseUrl: status.cloudflare.apiBaseUrl,
    accountId: status.cloudflare.accountId,
    apiToken: status.cloudflare.apiToken,
    zone,
    r2Endpoints: status.r2.endpoints,
  };
  const administrators = { S3: keysOf(status.aws), R2: keysOf(status.r2) };
  return {
    programs,
    cloudflare,
    async place(cloud, client): Promise<Place> {
      const names = { bucket: `conformance-${client}`, otherBucket: `conformance-${client}-other` };
      if (cloud === 'R2') return makeR2Place({ ...names, cloudflare, administrator: administrators.R2 });
      const { endpoint, region } = status.aws;
      return makeS3Place({ ...names, endpoint, region, administrator: administrators.S3 });
    },
    async close() {
      await running.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function keysOf({ accessKeyId, secretAccessKey }: AccessKeys): AccessKeys {
  return { accessKeyId, secretAccessKey };
}
