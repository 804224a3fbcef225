/**
 * Adds to package-lock.json the native packages of platforms that the registry in use does not serve.
 * A mirror with Linux variants only yields a lockfile without the others, and npm 11 then refuses `npm ci` everywhere
 * else ("Missing: @swc/core-darwin-arm64 from lock file"). Run it after every `npm install`:
 *
 *   node scripts/complete-lockfile.js
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = {
  'arm-': 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

const lockfile = JSON.parse(readFileSync(path, 'utf8'));
const added = missingPackages(lockfile.packages);
Object.assign(lockfile.packages, Object.fromEntries(added));
lockfile.packages = Object.fromEntries(Object.entries(lockfile.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
console.log(`${added.length} packages of other platforms added to package-lock.json`);

/** Entries for every optional dependency of a listed package that has none, as npm would write them. */
function missingPackages(packages) {
  return Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !resolves(packages, parent, name))
      .map(([name, version]) => [`node_modules/${name}`, platformEntry(name, version)]),
  );
}

/** Whether Node's lookup from `parent` upwards finds `name`. */
function resolves(packages, parent, name) {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

function platformEntry(name, version) {
  const os = systems.find((system) => name.includes(system));
  const cpu = Object.entries(processors).find(([part]) => name.includes(part))?.[1];
  if (os === undefined || cpu === undefined) throw new Error(`${name}: no platform in its name; add the entry by hand`);
  return { version, cpu: [cpu], optional: true, os: [os] };
}
