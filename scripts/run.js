#!/usr/bin/env node
/**
 * The first thing every package script runs, on whatever Node (20 or newer) the machine has and before anything is
 * installed. It installs what package-lock.json names when node_modules differs from it, then starts the wanted script
 * on the project's own Node 22. (`node a.js && node b.ts` in one script line fails: the shell remembers the first node.)
 *
 *   node scripts/run.js sluice ARGS... | test | test:faults | check | bench | conformance | requirements
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const lockPath = join(checkout, '.install.lock');
const strippedTypes = join(checkout, 'toolchain', 'stripped-types.js');

/** Type stripping without a flag came with this Node. */
const nodeVersionNeeded = [22, 18];

const scripts = {
  sluice: ['scripts/sluice.ts'],
  test: ['node_modules/jest/bin/jest.js'],
  'test:faults': ['node_modules/jest/bin/jest.js', 'test/faults'],
  check: ['scripts/check.ts'],
  bench: ['scripts/bench.ts'],
  conformance: ['scripts/conformance.ts'],
  requirements: ['scripts/requirements.ts'],
};

/** Every test run tries a little of each fault; this suite by itself tries much, for many minutes. */
const thoroughly = { SLUICE_FAULTS: 'thorough' };

await main(process.argv.slice(2));

async function main([name = 'sluice', ...rest]) {
  if (!atLeast(process.versions.node, [20, 0]))
    fail(`Node ${process.versions.node} is too old`, 'install Node 20 or newer');
  // `npx sluice up` starts the bin with the command first.
  const [script, args] = name in scripts ? [scripts[name], rest] : [scripts.sluice, [name, ...rest]];
  await installWhenNeeded();
  process.exitCode = await runOnProjectNode([...script, ...args], name === 'test:faults' ? thoroughly : {});
}

async function installWhenNeeded() {
  if (installed()) return;
  const release = await takeLock();
  try {
    if (installed()) return;
    process.stderr.write('sluice: installing packages (npm ci), about a minute the first time\n');
    const npm = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: checkout, stdio: ['ignore', 2, 2] });
    if (npm.error) fail(`npm cannot be started (${npm.error.message})`, 'install npm 10 or newer');
    if (npm.status !== 0) fail('npm ci failed', 'read its message above');
  } finally {
    release();
  }
}

/** Whether node_modules holds what package-lock.json names; npm writes its own list last, so a torn install differs. */
function installed() {
  const wanted = readPackages(join(checkout, 'package-lock.json'));
  const present = readPackages(join(checkout, 'node_modules', '.package-lock.json'));
  if (present === undefined) return false;
  return Object.entries(wanted ?? {}).every(
    ([path, { version, optional }]) => path === '' || (present[path] ? present[path].version === version : optional),
  );
}

function readPackages(path) {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** One install at a time; a lock whose process is gone is taken over. */
async function takeLock() {
  let told = false;
  for (;;) {
    try {
      const file = openSync(lockPath, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(lockPath, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`cannot write ${lockPath} (${error.code})`, 'make the checkout writable');
    }
    if (!holderLives()) {
      rmSync(lockPath, { force: true });
      continue;
    }
    if (!told) process.stderr.write('sluice: waiting for another install in this checkout\n');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function holderLives() {
  try {
    const holder = Number(readFileSync(lockPath, 'utf8'));
    // An empty file is a holder between creating and writing it.
    if (holder === 0) return true;
    process.kill(holder, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function runOnProjectNode(args, environment) {
  const own = join(checkout, 'node_modules', '.bin', 'node');
  const node = existsSync(own) ? own : process.execPath;
  if (node === process.execPath && !atLeast(process.versions.node, nodeVersionNeeded)) {
    fail(
      `no Node 22 for ${process.platform}-${process.arch} comes with the packages, and this is Node ${process.versions.node}`,
      `put Node ${nodeVersionNeeded.join('.')} or newer on PATH`,
    );
  }
  // Entry points are absolute, so that a relative path among the arguments keeps meaning the caller's directory.
  const [script, ...rest] = args;
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(checkout, script), ...rest], {
    stdio: 'inherit',
    env: {
      NODE_COMPILE_CACHE: join(checkout, 'node_modules/.cache/node-compile-cache'),
      ...process.env,
      NODE_OPTIONS: [process.env.NODE_OPTIONS ?? '', `--import=${pathToFileURL(strippedTypes)}`].join(' ').trim(),
      SLUICE_NODE: node,
      ...environment,
    },
    ...(script.includes('jest') ? { cwd: checkout } : {}),
  });
  // A terminal's Ctrl-C reaches the child by itself; it decides how to end, and this process tells its answer on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT') child.kill(signal);
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => fail(`cannot start ${node} (${error.message})`, 'run npm ci'));
    child.on('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : code));
  });
}

function atLeast(version, wanted) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

function fail(what, fix) {
  process.stderr.write(`sluice: ${what}: ${fix}\n`);
  process.exit(2);
}
