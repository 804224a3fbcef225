import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { recoverInterrupted } from '../../toolchain/interrupted-run.ts';
import type { InterruptedOperation } from '../../toolchain/interrupted-run.ts';
import { stackExport } from '../../toolchain/stack.ts';
import { removeDeadLocks } from '../../toolchain/stack-locks.ts';
import { cliTimeoutMs, findCli, runTimeoutMs, stack, withPulumiProject } from './fixtures/pulumi-project.ts';
import type { PulumiProject } from './fixtures/pulumi-project.ts';
import { withTemporaryDirectory } from './fixtures/temporary-directory.ts';

jest.setTimeout(runTimeoutMs);

const files = {
  'Pulumi.yaml': `name: tiny
main: index.ts
runtime: { name: nodejs, options: { typescript: false } }
plugins: { providers: [{ name: slow, path: ./slow }] }
`,
  'slow/pulumi-resource-slow': `#!/bin/sh\nexec "$SLUICE_NODE" "${path.join(import.meta.dirname, 'fixtures', 'slow-provider.ts')}" "$@"\n`,
  'index.ts': `import * as pulumi from '@pulumi/pulumi';
class Thing extends pulumi.CustomResource {
  constructor(name: string) { super('slow:index:Thing', name, { name }); }
}
new Thing('one');
`,
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Starts `up`, kills Pulumi as soon as the thing exists, and returns the "cloud" in which the thing stays behind. */
async function killDuringCreation({
  workspace,
  directory,
}: PulumiProject): Promise<{ cloud: string; environment: NodeJS.ProcessEnv }> {
  const cloud = path.join(directory, 'cloud');
  await mkdir(cloud);
  await writeFile(path.join(cloud, 'hang'), '');
  const environment = { ...workspace.environment, SLOW_CLOUD: cloud };
  const pulumi = spawn(workspace.cli.path, ['up', '--yes', '--skip-preview', '--non-interactive', '--stack', stack], {
    cwd: directory,
    env: environment,
    stdio: 'ignore',
  });
  await until(() => existsSync(path.join(cloud, 'one.thing')));
  pulumi.kill('SIGKILL');
  await once(pulumi, 'exit');
  await rm(path.join(cloud, 'hang'));
  return { cloud, environment };
}

describe('after an up that was killed in the middle of a creation, the next one works without hand work:', () => {
  beforeAll(findCli, cliTimeoutMs);

  test('what was made and can be found again is adopted', () =>
    withPulumiProject(files, async (project) => {
      const { environment } = await killDuringCreation(project);
      const workspace = { ...project.workspace, environment };
      expect((await project.up({ environment })).stderr).toContain('the stack is currently locked');

      const lines: string[] = [];
      const findId = (operation: InterruptedOperation) => Promise.resolve(String(operation.inputs['name']));
      const operations = await recoverInterrupted({ ...workspace, stack, report: (line) => lines.push(line), findId });
      expect(operations).toMatchObject([{ kind: 'creating', type: 'slow:index:Thing', inputs: { name: 'one' } }]);
      expect(lines).toEqual([
        expect.stringContaining('its lock is removed'),
        expect.stringContaining('looked up as one'),
      ]);

      const run = await project.up({ environment });
      expect(run).toMatchObject({ exitCode: 0 });
      expect(run.stdout).not.toContain('pending operations');
      expect((await stackExport({ ...workspace, stack })).deployment.resources).toContainEqual(
        expect.objectContaining({ type: 'slow:index:Thing', id: 'one' }),
      );
      expect(await recoverInterrupted({ ...workspace, stack, report: (line) => lines.push(line) })).toEqual([]);
      expect(lines).toHaveLength(2);
    }));

  test('what was not made after all is made now, even where it was looked up', () =>
    withPulumiProject(files, async (project) => {
      const { cloud, environment } = await killDuringCreation(project);
      await rm(path.join(cloud, 'one.thing'));
      const findId = () => Promise.resolve('one');
      await recoverInterrupted({ ...project.workspace, environment, stack, report: () => undefined, findId });
      const run = await project.up({ environment });
      expect(run).toMatchObject({ exitCode: 0 });
      expect(existsSync(path.join(cloud, 'one.thing'))).toBe(true);
    }));
});

describe('a lock in the file backend', () => {
  const withLock = async (lock: object, work: (environment: NodeJS.ProcessEnv, locks: string) => Promise<void>) =>
    withTemporaryDirectory(async (directory) => {
      const locks = path.join(directory, '.pulumi', 'locks', 'organization', 'tiny', stack);
      await mkdir(locks, { recursive: true });
      const content = { username: 'me', timestamp: '2026-11-22T10:00:00Z', ...lock };
      await writeFile(path.join(locks, 'a-lock.json'), JSON.stringify(content));
      await work({ PULUMI_BACKEND_URL: `file://${directory}` }, locks);
    });

  test('of a process that goes on with other work under the same id is removed', () =>
    withLock({ pid: process.pid, hostname: hostname() }, async (environment, locks) => {
      expect(await removeDeadLocks(environment, stack)).toBe(1);
      expect(await readdir(locks)).toEqual([]);
    }));

  test('of another machine is respected: a user error that names it', () =>
    withLock({ pid: 1, hostname: 'another-machine' }, async (environment, locks) => {
      await expect(removeDeadLocks(environment, stack)).rejects.toThrow(/process 1 on another-machine/);
      expect(await readdir(locks)).toHaveLength(1);
    }));

  test('of a Pulumi that runs is respected', () =>
    withTemporaryDirectory(async (directory) => {
      const program = path.join(directory, 'pulumi-at-work');
      await writeFile(program, await readFile('/bin/sleep'), { mode: 0o755 });
      const running = spawn(program, ['60'], { stdio: 'ignore' });
      try {
        await once(running, 'spawn');
        await withLock({ pid: running.pid, hostname: hostname() }, async (environment) => {
          await expect(removeDeadLocks(environment, stack)).rejects.toThrow('wait for it to end');
        });
      } finally {
        running.kill('SIGKILL');
      }
    }));

  test('of another stack is left alone', () =>
    withLock({ pid: process.pid, hostname: hostname() }, async (environment, locks) => {
      expect(await removeDeadLocks(environment, 'prod')).toBe(0);
      expect(await readdir(locks)).toHaveLength(1);
    }));
});
