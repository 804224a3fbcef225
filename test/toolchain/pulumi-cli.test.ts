import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../base/user-error.ts';
import type { InstallOutcome } from '../../toolchain/official-installer.ts';
import { findPulumiCli, userCacheDirectory } from '../../toolchain/pulumi-cli.ts';
import { fakeGo, fakeProgram, fakePulumi } from './fixtures/fake-programs.ts';
import { withTemporaryDirectory } from './fixtures/temporary-directory.ts';

/** A machine with nothing on its PATH but what a test puts into `bin`, and the system's own small tools. */
async function withMachine(work: (machine: Machine) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const bin = path.join(directory, 'bin');
    const cacheDirectory = path.join(directory, 'cache');
    await mkdir(bin);
    const lines: string[] = [];
    const installs: string[] = [];
    const find = (outcome: InstallOutcome = { installed: false, because: 'no network' }) =>
      findPulumiCli({
        cacheDirectory,
        environment: { PATH: `${bin}:${systemTools}` },
        report: (line) => lines.push(line),
        install: (options) => {
          installs.push(options.directory);
          return Promise.resolve(outcome);
        },
      });
    await work({ bin, home: path.join(cacheDirectory, 'pulumi', '3.259.0'), cacheDirectory, lines, installs, find });
  });
}
const systemTools = '/usr/bin:/bin';

interface Machine {
  readonly bin: string;
  readonly home: string;
  readonly cacheDirectory: string;
  readonly lines: string[];
  readonly installs: string[];
  readonly find: (outcome?: InstallOutcome) => ReturnType<typeof findPulumiCli>;
}

describe('a CLI on PATH', () => {
  test('is taken when it is new enough and has its language host', () =>
    withMachine(async ({ bin, find, installs }) => {
      const program = await fakePulumi(bin, 'v3.265.1');
      await fakeProgram(bin, 'pulumi-language-nodejs', 'exit 0');
      expect(await find()).toEqual({ path: program, binDirectory: bin, version: '3.265.1', languageHost: 'official' });
      expect(installs).toEqual([]);
    }));

  test.each([
    ['is too old', 'v3.258.0', true, /is v3\.258\.0, not 3\.259\.0 or newer/],
    ['is of the next major version', 'v4.0.0', true, /is v4\.0\.0/],
    ['has no language host', 'v3.265.1', false, /has no pulumi-language-nodejs beside it/],
  ])('is not taken when it %s, and the reason is said', (_, version, hasHost, reason) =>
    withMachine(async ({ bin, home, find, lines }) => {
      await fakePulumi(bin, version);
      if (hasHost) await fakeProgram(bin, 'pulumi-language-nodejs', 'exit 0');
      await fakeGo(bin);
      expect((await find()).path).toBe(path.join(home, 'bin', 'pulumi'));
      expect(lines.join('\n')).toMatch(reason);
    }),
  );

  test('is taken by a link too, with the language host beside the real file', () =>
    withMachine(async ({ bin, find }) => {
      const installed = path.join(bin, 'installed');
      await fakePulumi(installed, 'v3.265.1');
      await fakeProgram(installed, 'pulumi-language-nodejs', 'exit 0');
      await symlink(path.join(installed, 'pulumi'), path.join(bin, 'pulumi'));
      expect((await find()).languageHost).toBe('official');
    }));

  test('is not taken when its language host is elsewhere on PATH, where Pulumi does not look', () =>
    withMachine(async ({ bin, cacheDirectory }) => {
      const elsewhere = path.join(bin, 'elsewhere');
      await fakePulumi(bin, 'v3.265.1');
      await fakeProgram(elsewhere, 'pulumi-language-nodejs', 'exit 0');
      await fakeGo(bin);
      const cli = await findPulumiCli({
        cacheDirectory,
        environment: { PATH: `${bin}:${elsewhere}:${systemTools}` },
        report: () => undefined,
        install: () => Promise.resolve({ installed: false, because: 'no network' }),
      });
      expect(cli.languageHost).toBe('node');
    }));

  test('that crashes is not taken', () =>
    withMachine(async ({ bin, find, lines }) => {
      await fakeProgram(bin, 'pulumi', 'exit 3');
      await fakeGo(bin);
      expect((await find()).languageHost).toBe('node');
      expect(lines.join('\n')).toContain('does not run');
    }));
});

describe('the cache', () => {
  test('keeps what was built: the second search neither installs nor builds', () =>
    withMachine(async ({ bin, home, find, installs }) => {
      await fakeGo(bin);
      const built = await find();
      expect(built).toEqual({
        path: path.join(home, 'bin', 'pulumi'),
        binDirectory: path.join(home, 'bin'),
        version: '3.259.0',
        languageHost: 'node',
      });
      expect(await find()).toEqual(built);
      expect(installs).toHaveLength(1);
      expect((await readFile(path.join(bin, 'go.log'), 'utf8')).trim().split('\n')).toHaveLength(1);
    }));

  test('holds nothing but the finished CLI: no staging directory, no lock', () =>
    withMachine(async ({ bin, home, find }) => {
      await mkdir(`${home}.part-left-by-a-killed-run`, { recursive: true });
      await fakeGo(bin);
      await find();
      expect(await readdir(path.dirname(home))).toEqual(['3.259.0']);
      expect(await readdir(path.join(home, 'bin'))).toEqual(['pulumi', 'pulumi-language-nodejs']);
    }));

  test.each([
    ['does not run', 'exit 1'],
    ['prints another version', 'echo v3.100.0'],
  ])('is made again, and says so, when its CLI %s', (_, script) =>
    withMachine(async ({ bin, home, find, lines }) => {
      await fakeProgram(path.join(home, 'bin'), 'pulumi', script);
      await fakeGo(bin);
      expect((await find()).version).toBe('3.259.0');
      expect(lines.join('\n')).toContain('does not run as 3.259.0; it is made again');
    }),
  );

  test('is made again when its CLI is cut off in the middle', () =>
    withMachine(async ({ bin, home, find }) => {
      const program = await fakePulumi(path.join(home, 'bin'), 'v3.259.0');
      await writeFile(program, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]));
      await fakeGo(bin);
      expect((await find()).version).toBe('3.259.0');
    }));

  test('gets a language host where the CLI came without one, which fails clearly outside of sluice', () =>
    withMachine(async ({ bin, home, find }) => {
      await fakePulumi(path.join(home, 'bin'), 'v3.259.0');
      await fakeGo(bin);
      expect((await find()).languageHost).toBe('node');
      const shim = path.join(home, 'bin', 'pulumi-language-nodejs');
      expect((await stat(shim)).mode & 0o111).toBe(0o111);
      expect(await readFile(shim, 'utf8')).toContain('npm run sluice -- pulumi');
    }));

  test('on PATH, as it is inside `sluice pulumi`, does not pass for an official install', () =>
    withMachine(async ({ bin, home, cacheDirectory, find }) => {
      await fakeGo(bin);
      await find();
      const inside = await findPulumiCli({
        cacheDirectory,
        environment: { PATH: `${path.join(home, 'bin')}:${systemTools}` },
        report: () => undefined,
      });
      expect(inside.languageHost).toBe('node');
    }));

  test('lies where XDG_CACHE_HOME says, if that is an absolute path', () => {
    expect(userCacheDirectory({ XDG_CACHE_HOME: '/var/cache/me' })).toBe('/var/cache/me/sluice');
    expect(userCacheDirectory({ XDG_CACHE_HOME: 'relative' })).toMatch(/\/\.cache\/sluice$/);
  });
});

describe("Pulumi's installer", () => {
  test('comes before the build, and its own language host is kept', () =>
    withMachine(async ({ bin, home, cacheDirectory }) => {
      const cli = await findPulumiCli({
        cacheDirectory,
        environment: { PATH: `${bin}:${systemTools}` },
        report: () => undefined,
        install: async ({ directory }) => {
          await fakePulumi(path.join(directory, 'bin'), 'v3.259.0');
          await fakeProgram(path.join(directory, 'bin'), 'pulumi-language-nodejs', 'exit 0');
          return { installed: true };
        },
      });
      expect(cli).toEqual({
        path: path.join(home, 'bin', 'pulumi'),
        binDirectory: path.join(home, 'bin'),
        version: '3.259.0',
        languageHost: 'official',
      });
    }));
});

describe('when nothing works', () => {
  const failure = async (promise: Promise<unknown>): Promise<UserError> => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof UserError) return error;
    throw new Error('expected a UserError', { cause: error });
  };

  test('without Go, the error names what to install and why each way failed', () =>
    withTemporaryDirectory(async (directory) => {
      const search = findPulumiCli({
        cacheDirectory: directory,
        environment: { PATH: path.join(directory, 'empty') },
        report: () => undefined,
        install: () => Promise.resolve({ installed: false, because: 'no progress for 10 s' }),
      });
      const error = await failure(search);
      expect(error.exitCode).toBe(2);
      expect(error.message).toContain('there is no Pulumi CLI on PATH');
      expect(error.message).toContain('no progress for 10 s');
      expect(error.message).toContain('there is no Go on PATH');
      expect(error.fix).toMatch(/install Pulumi 3\.259\.0 or newer .* or Go 1\.25\.11 or newer/);
    }));

  test('with a Go that is too old, the error names both versions', () =>
    withMachine(async ({ bin, find }) => {
      await fakeGo(bin, { version: 'go1.22.1' });
      const error = await failure(find());
      expect(error.what).toContain('Go 1.25.11 or newer');
      expect(error.what).toContain('go1.22.1');
    }));

  test('without a network, the error shows what Go said and names the proxy settings', () =>
    withMachine(async ({ bin, home, find }) => {
      const then =
        'echo "go: cel.dev/expr@v0.25.2: Get \\"https://proxy.example/\\": dial tcp: lookup proxy.example: no such host" >&2; exit 1';
      await fakeGo(bin, { then });
      const error = await failure(find());
      expect(error.exitCode).toBe(1);
      expect(error.message).toContain('no such host');
      expect(error.message).not.toContain('go: downloading');
      expect(error.fix).toContain('GOPROXY');
      expect(await readdir(path.dirname(home))).toEqual([]);
    }));

  test('a build of another version than asked for is not kept', () =>
    withMachine(async ({ bin, home, find }) => {
      await fakeGo(bin, { builds: '' });
      expect((await failure(find())).what).toContain('go build made does not run as 3.259.0');
      expect(await readdir(path.dirname(home))).toEqual([]);
    }));
});

test('two runs at once build once: the second waits, says so and takes what the first made', () =>
  withMachine(async ({ bin, find, lines }) => {
    await fakeGo(bin, { then: 'sleep 1' });
    const [first, second] = await Promise.all([find(), find()]);
    expect(second).toEqual(first);
    expect(lines.filter((line) => line.startsWith('waiting for another run'))).toHaveLength(1);
    expect((await readFile(path.join(bin, 'go.log'), 'utf8')).trim().split('\n')).toHaveLength(1);
  }));
