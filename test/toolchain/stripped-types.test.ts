import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const preload = path.resolve(import.meta.dirname, '..', '..', 'toolchain', 'stripped-types.js');

/** A checkout of its own with the preload and one program, whose copies no other test sees. */
async function withCheckout(
  work: (checkout: { run: () => string; copies: () => Promise<string[]>; file: string }) => Promise<void>,
) {
  const checkout = await mkdtemp(path.join(tmpdir(), 'sluice stripped '));
  const own = path.join(checkout, 'toolchain', 'stripped-types.js');
  const file = path.join(checkout, 'program.ts');
  try {
    await mkdir(path.join(checkout, 'toolchain'));
    await writeFile(path.join(checkout, 'package.json'), '{ "type": "module" }');
    await copyFile(preload, own);
    await work({
      file,
      run: () => {
        const words = [`--import=${pathToFileURL(own).href}`, file];
        const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
        return stdout + stderr;
      },
      copies: () => readdir(path.join(checkout, 'node_modules', '.cache', 'stripped-types', process.version)),
    });
  } finally {
    await rm(checkout, { recursive: true, force: true });
  }
}

test('a source is kept without its types, used again, and never when it has changed', () =>
  withCheckout(async ({ run, copies, file }) => {
    await writeFile(file, `const word: string = 'first'; console.log(word);`);
    expect([run(), run()]).toEqual(['first\n', 'first\n']);
    expect(await copies()).toHaveLength(1);
    await writeFile(file, `const word: string = 'other'; console.log(word);`);
    expect(run()).toBe('other\n');
    expect(await copies()).toHaveLength(2);
  }));

test('an error names the line of the source, and syntax that cannot be stripped is refused as ever', () =>
  withCheckout(async ({ run, file }) => {
    await writeFile(file, `interface Nothing {\n  a: string;\n}\nthrow new Error('here' as string);\n`);
    run();
    expect(run()).toContain('program.ts:4');
    await writeFile(file, `enum Level { low }\nconsole.log(Level.low);\n`);
    expect(run()).toContain('ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX');
  }));

test('a checkout whose packages cannot be written runs all the same', () =>
  withCheckout(async ({ run, file }) => {
    await writeFile(file, `const word: string = 'first'; console.log(word);`);
    await writeFile(path.join(path.dirname(file), 'node_modules'), 'a file where the directory would be');
    expect(run()).toBe('first\n');
  }));
