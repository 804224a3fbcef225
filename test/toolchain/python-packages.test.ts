import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installPythonPackages } from '../../toolchain/python-packages.ts';
import { withTemporaryDirectory } from './fixtures/temporary-directory.ts';

/** A python3 whose pip writes down how it was called and installs one file, or fails. */
async function withPython<Result>(
  pip: 'works' | 'fails',
  work: (machine: { environment: NodeJS.ProcessEnv; calls: () => Promise<string[]>; cache: string }) => Promise<Result>,
): Promise<Result> {
  return withTemporaryDirectory(async (directory) => {
    const [programs, cache, log] = ['programs', 'cache', 'log'].map((name) => path.join(directory, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(programs);
    const install =
      pip === 'works' ? 'mkdir -p "$target/bin" && echo one > "$target/bin/one"' : 'echo no such package >&2; exit 1';
    const script = `#!/bin/sh
if [ "$1" = -c ]; then echo cpython-311; exit 0; fi
echo "$*" >> "${log}"
for word; do if [ "$previous" = --target ]; then target="$word"; fi; previous="$word"; done
${install}
`;
    await writeFile(path.join(programs, 'python3'), script);
    await chmod(path.join(programs, 'python3'), 0o755);
    const environment = { PATH: `${programs}:/usr/bin:/bin`, XDG_CACHE_HOME: cache };
    const calls = async (): Promise<string[]> => (await readFile(log, 'utf8')).trim().split('\n');
    return work({ environment, calls, cache });
  });
}

const packages = { name: 'tools', pins: ['one==1.0.0', 'two==2.0.0'] };
const narrate = (): void => undefined;

test('packages of PyPI are installed once, in exactly the versions asked, without compiling', () =>
  withPython('works', async ({ environment, calls }) => {
    const [first, second] = await Promise.all([
      installPythonPackages(packages, { environment, narrate }),
      installPythonPackages(packages, { environment, narrate }),
    ]);
    expect(second).toBe(first);
    expect(await readdir(path.join(first, 'bin'))).toEqual(['one']);
    const [call, ...more] = await calls();
    expect(more).toEqual([]);
    expect(call).toMatch(/--no-deps --only-binary :all: --target \S+ one==1\.0\.0 two==2\.0\.0$/);
  }));

test('other versions lie elsewhere', () =>
  withPython('works', async ({ environment }) => {
    const one = await installPythonPackages(packages, { environment, narrate });
    const other = await installPythonPackages({ ...packages, pins: ['one==1.0.1'] }, { environment, narrate });
    expect(other).not.toBe(one);
  }));

test('what cannot be had is a UserError with its reason, and leaves nothing behind', () =>
  withPython('fails', async ({ environment, cache }) => {
    await expect(installPythonPackages(packages, { environment, narrate })).rejects.toMatchObject({
      name: 'UserError',
      what: 'exit code 1: no such package',
    });
    expect(await readdir(path.join(cache, 'sluice', 'python'))).toEqual([]);
  }));

test('a machine without Python is a UserError too', () =>
  withTemporaryDirectory(async (directory) => {
    const environment = { PATH: directory, XDG_CACHE_HOME: directory };
    await expect(installPythonPackages(packages, { environment, narrate })).rejects.toMatchObject({
      name: 'UserError',
    });
  }));
