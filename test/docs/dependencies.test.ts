import { dependencies, documents } from './documents.ts';

const page = documents().find(({ path }) => path === 'docs/dependencies.md')?.text ?? '';
const documented = [...page.matchAll(/^\| (\S.*?) \|/gm)]
  .flatMap(([, names = '']) => names.split(', ').map((name) => name.trim()))
  .filter((name) => name !== 'package' && !name.startsWith('--'));

test('docs/dependencies.md has a line for every package that package.json names', () => {
  expect(dependencies().filter((name) => !documented.includes(name))).toEqual([]);
});

test('docs/dependencies.md names no package that package.json does not', () => {
  expect(documented.filter((name) => !dependencies().includes(name))).toEqual([]);
});
