import { awsClientPackages, s5cmdPackage, seaweedfsPackage } from '../../scripts/conformance/programs.ts';
import { rclonePackage } from '../../toolchain/rclone.ts';
import { motoPackages } from '../policies/differential/moto.ts';
import { dependencies, documents } from './documents.ts';

const page = documents().find(({ path }) => path === 'docs/dependencies.md')?.text ?? '';
const [npm = '', pypi = ''] = page.split('## Programs from PyPI');

/** The cells of a table's rows, without its head. */
const rows = (text: string): string[][] =>
  [...text.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row = '']) => row.split('|').map((cell) => cell.trim()))
    .filter(([name = '']) => name !== 'package' && !name.startsWith('--'));

describe('docs/dependencies.md', () => {
  const documented = rows(npm).flatMap(([names = '']) => names.split(', '));

  test('has a line for every package that package.json names', () => {
    expect(dependencies().filter((name) => !documented.includes(name))).toEqual([]);
  });

  test('names no package that package.json does not', () => {
    expect(documented.filter((name) => !dependencies().includes(name))).toEqual([]);
  });
});

describe('docs/dependencies.md, "Programs from PyPI"', () => {
  const documented = rows(pypi).map(([name, version]) => `${name}==${version}`);
  const installed = [awsClientPackages, s5cmdPackage, seaweedfsPackage, rclonePackage, motoPackages];

  test('names every version as it is pinned', () => {
    const pins = installed.flatMap((packages) => packages.pins);
    expect(documented.filter((pin) => !pins.includes(pin))).toEqual([]);
  });

  test('has a line for all that is installed from there', () => {
    const unnamed = installed.filter(({ pins }) => !pins.some((pin) => documented.includes(pin)));
    expect(unnamed.map(({ name }) => name)).toEqual([]);
  });
});
