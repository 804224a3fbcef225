import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DiskObject } from '../../../sandbox/store/disk-world.ts';
import { openObjectStore } from '../../../sandbox/store/store.ts';

test('kill -9 loses no object that was acknowledged, and leaves no torn one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-kill-'));
  const node = join(import.meta.dirname, '../../../node_modules/.bin/node');
  const child = spawn(node, [join(import.meta.dirname, 'put-until-killed.ts'), directory]);
  let acknowledged = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged === 300) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(acknowledged).toBeGreaterThanOrEqual(300);

  const store = await openObjectStore(directory);
  const world = await store.world('aws');
  for (let number = 0; number <= acknowledged; number += 1) {
    expect(await textOf(world.object('b', `key-${number}`))).toMatch(new RegExp(`^(key-${number})+$`));
  }
  await store.close();
  await rm(directory, { recursive: true });

  async function textOf(object: DiskObject | undefined): Promise<string> {
    if (object === undefined) return 'missing';
    const read: Buffer[] = [];
    for await (const chunk of world.read('b', object)) read.push(chunk as Buffer);
    return Buffer.concat(read).toString();
  }
});
