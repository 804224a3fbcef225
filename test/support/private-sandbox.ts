import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningSandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';
import { freePorts } from '../../sandbox/status.ts';

/** A sandbox in this process, on free ports and in a directory of its own, which its `stop` removes. */
export async function startPrivateSandbox(options: Pick<SandboxOptions, 'now'> = {}): Promise<RunningSandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-sandbox-'));
  const running = await startSandbox({ ...options, directory, ports: freePorts });
  return {
    ...running,
    async stop() {
      await running.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
