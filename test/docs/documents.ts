import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const checkout = join(import.meta.dirname, '..', '..');

/** Every page that a user reads, with its path below the checkout. */
export function documents(): { path: string; text: string }[] {
  const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(checkout, 'docs')).map((name) => `docs/${name}`)];
  return pages
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path, text: readFileSync(join(checkout, path), 'utf8') }));
}

/** package.json's dependencies of every kind, by name. */
export function dependencies(): string[] {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies' | 'optionalDependencies',
    Record<string, string>
  >;
  const { dependencies: needed, devDependencies: forTests, optionalDependencies: optional } = manifest;
  return Object.keys({ ...needed, ...forTests, ...optional });
}
