import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskWorld } from './disk-world.ts';
import { openWorld } from './world.ts';

/** All worlds of a sandbox on disk. */
export interface ObjectStore {
  /** The world called `name` (`aws`, `r2-eu`), made where there is none; one instance a name. */
  world(name: string): Promise<DiskWorld>;
  /** Puts everything on the medium and closes all files. */
  close(): Promise<void>;
}

/** Opens the store in `directory`. One process at a time may have it open; `now` dates what is put. */
export async function openObjectStore(directory: string, now: () => Date = () => new Date()): Promise<ObjectStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const worlds = new Map<string, Promise<DiskWorld>>();
  return {
    world(name) {
      if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`"${name}" cannot name a world: it is a folder on disk`);
      const opened = worlds.get(name) ?? openWorld(join(directory, name), now);
      worlds.set(name, opened);
      return opened;
    },
    async close() {
      for (const world of await Promise.all(worlds.values())) world.close();
      worlds.clear();
    },
  };
}
