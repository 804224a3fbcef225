import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../../toolchain/run-process.ts';
import type { CloudName, Step } from './step.ts';
import { type Place, placesOf, type Role, type StorageName, type World } from './world.ts';

/** A client that is a program: each step is a process of its own, in a folder with files to copy. */
export interface CommandSession {
  run(cloud: StorageName, as: Role, words: readonly string[]): Promise<Printed>;
  close(): Promise<void>;
}

export interface Printed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What one command runs with. Secrets stand in its environment, never among its words. */
export interface Command {
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
}

/** Runs commands of one program. */
export interface Runner {
  run(command: Command): Promise<Printed>;
  stop(): Promise<void>;
}

export interface CommandClient {
  readonly client: string;
  readonly start: (world: World) => Promise<Runner>;
  readonly environment: (place: Place, as: Role, cloud: StorageName) => NodeJS.ProcessEnv;
}

/** In the folder that every command runs in: small files, a tree, and one that is sent in parts. */
const files: Readonly<Record<string, string>> = {
  'hello.txt': 'hello',
  'tree/a.txt': 'a',
  'tree/b.txt': 'bb',
  'tree/sub/c.log': 'ccc',
  'large.bin': 'x'.repeat(9 * 1024 * 1024),
};

const filesChangedAt = new Date('2026-01-01T00:00:00Z');

/** Makes the client's places and a folder with the files above. */
export async function openCommandSession(
  { client, start, environment }: CommandClient,
  world: World,
  clouds: readonly CloudName[],
): Promise<CommandSession> {
  const runner = await start(world);
  const place = await placesOf(world, clouds, client);
  const directory = await mkdtemp(join(tmpdir(), `sluice-${client}-`));
  for (const folder of ['tree/sub', 'home']) await mkdir(join(directory, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content);
    // Older than any object: S3 tells times in whole seconds, so that a file of the same second looks changed.
    await utimes(join(directory, name), filesChangedAt, filesChangedAt);
  }
  return {
    run(cloud, as, words) {
      const { bucket, otherBucket } = place(cloud);
      return runner.run({
        words: words.map((word) => word.replace('BUCKET', bucket).replace('OTHER', otherBucket)),
        // Nothing of the user's own settings: only what a step says may decide.
        environment: {
          PATH: process.env['PATH'],
          HOME: join(directory, 'home'),
          ...environment(place(cloud), as, cloud),
        },
        directory,
      });
    },
    async close() {
      await runner.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Runs `program` itself, with `leading` before the words of each command. */
export function programRunner(program: string, leading: readonly string[]): Runner {
  return {
    run: ({ words, environment, directory: workingDirectory }) =>
      runProcess({ command: program, arguments: [...leading, ...words], environment, workingDirectory }),
    stop: () => Promise.resolve(),
  };
}

export interface CommandOptions {
  /** Words of the command line that name what is done: two, as in `s3 cp`, unless said. */
  readonly named?: number;
  /** What of the output is looked at; `done` unless said. */
  readonly see?: (stdout: string) => string;
}

/** What a program printed: throws `Refused` where it tells of a refusal, any `Error` for another failure. */
export type Judge = (printed: Printed) => void;

/** Makes steps of `cloud`, one command line each; `BUCKET` and `OTHER` in it are the place's buckets. */
export function commandsOf(cloud: StorageName, judge: Judge) {
  return (
    as: Role,
    line: string,
    what: string,
    expected: string,
    { named = 2, see = () => 'done' }: CommandOptions = {},
  ): Step<CommandSession> => ({
    cloud,
    as,
    operation: line.split(' ').slice(0, named).join(' '),
    what,
    expected,
    async run(session) {
      const printed = await session.run(cloud, as, line.split(' '));
      judge(printed);
      return see(printed.stdout);
    },
  });
}

/** The last column of each line: names in listings, whose other columns hold times. */
export function lastColumns(stdout: string): string {
  return (
    stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.trim().split(/\s+/).at(-1))
      .join(' ') || 'nothing'
  );
}

/** Lines in byte order: programs that work in parallel print in any order. */
export function sortedLines(stdout: string): string {
  return stdout.trim().split('\n').sort().join(' | ') || 'nothing';
}

/** What a program printed, without the line's end. */
export function trimmed(stdout: string): string {
  return stdout.trim();
}
