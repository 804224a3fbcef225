import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { exitCodes, UserError } from '../base/user-error.ts';
import { isSupportedPulumi, pulumiVersion } from './cli-version.ts';
import { findBeside, findOnPath, isExecutable, printedPulumiVersion } from './executables.ts';
import { withFileLock } from './file-lock.ts';
import { buildPulumiCli } from './go-build.ts';
import { runOfficialInstaller } from './official-installer.ts';
import type { InstallOutcome, OfficialInstallOptions } from './official-installer.ts';

const languageHostName = 'pulumi-language-nodejs';

/** The language host beside a CLI that came without one: the checkout that runs Pulumi serves the programs itself. */
const languageHostShim = `#!/bin/sh
# Starts the Node language host of the sluice checkout that runs this CLI.
if [ -z "$SLUICE_NODE" ] || [ -z "$SLUICE_LANGUAGE_HOST" ]; then
  echo "${languageHostName}: this Pulumi CLI belongs to sluice; run it as: npm run sluice -- pulumi ..." >&2
  exit 1
fi
exec "$SLUICE_NODE" "$SLUICE_LANGUAGE_HOST" "$@"
`;

export interface PulumiCli {
  /** Absolute. */
  readonly path: string;
  /** The directory to put first on PATH. */
  readonly binDirectory: string;
  readonly version: string;
  /** Whether Pulumi's own language host serves programs, or ours on Node does. */
  readonly languageHost: 'official' | 'node';
}

export interface FindPulumiCliOptions {
  /** sluice's part of the user's cache: `userCacheDirectory(environment)`. */
  readonly cacheDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Gets a line now and then while something takes long, and one for whatever was found broken. */
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly install?: (options: OfficialInstallOptions) => Promise<InstallOutcome>;
}

/** Where downloads that every checkout of this user can share are kept. */
export function userCacheDirectory(environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_CACHE_HOME'];
  const base = configured !== undefined && path.isAbsolute(configured) ? configured : path.join(homedir(), '.cache');
  return path.join(base, 'sluice');
}

/**
 * The Pulumi CLI to work with, got if need be. In this order: the one on PATH, if it is new enough and has its language
 * host; the one in the cache; the official installer, while it makes progress; a build from the pinned Go module.
 * Throws a UserError that names what to install when none of them works.
 */
export async function findPulumiCli(options: FindPulumiCliOptions): Promise<PulumiCli> {
  const onPath = await cliOnPath(options);
  if (onPath.cli !== undefined) return onPath.cli;
  const home = path.join(options.cacheDirectory, 'pulumi', pulumiVersion);
  const cached = await cliInCache(home, options.environment);
  if (cached !== undefined) return cached;
  return withFileLock(
    `${home}.lock`,
    {
      onWait: (pid) =>
        options.report(
          `waiting for another run${pid === undefined ? '' : ` (process ${pid})`} that gets the Pulumi CLI`,
        ),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
    async () => (await cliInCache(home, options.environment)) ?? (await getCli(home, onPath.because, options)),
  );
}

type OnPath = { readonly cli: PulumiCli } | { readonly cli: undefined; readonly because: string };

async function cliOnPath({ environment, cacheDirectory }: FindPulumiCliOptions): Promise<OnPath> {
  const none = (because: string): OnPath => ({ cli: undefined, because });
  // Inside `sluice pulumi` the cached CLI is on PATH too; it is judged as the cache's, not as the user's.
  const ownEnvironment = { ...environment, PATH: pathWithout(environment['PATH'] ?? '', cacheDirectory) };
  const program = await findOnPath('pulumi', ownEnvironment);
  if (program === undefined) return none('there is no Pulumi CLI on PATH');
  const version = await printedPulumiVersion(program, ownEnvironment);
  if (version === undefined) return none(`${program} does not run`);
  if (!isSupportedPulumi(version))
    return none(`${program} is ${version || 'of no version'}, not ${pulumiVersion} or newer (below 4)`);
  // A language host elsewhere on PATH does not count: Pulumi runs with PULUMI_IGNORE_AMBIENT_PLUGINS, which skips PATH.
  const languageHost = await findBeside(program, languageHostName);
  if (languageHost === undefined) return none(`${program} has no ${languageHostName} beside it`);
  return {
    cli: { path: program, binDirectory: path.dirname(program), version: plain(version), languageHost: 'official' },
  };
}

function pathWithout(searchPath: string, directory: string): string {
  const outside = (entry: string) => path.relative(directory, entry).startsWith('..');
  return searchPath.split(path.delimiter).filter(outside).join(path.delimiter);
}

function plain(version: string): string {
  return version.replace(/^v/, '');
}

/** The CLI in the cache, if it runs and is the version that its directory says. */
async function cliInCache(home: string, environment: NodeJS.ProcessEnv): Promise<PulumiCli | undefined> {
  const program = path.join(home, 'bin', 'pulumi');
  if (!(await isExecutable(program))) return undefined;
  const stamp = path.join(home, 'verified');
  const { size, mtimeMs } = await stat(program);
  const identity = `${size} ${mtimeMs}`;
  // Asking a CLI for its version takes longer than all else here, so an answer counts until the file changes.
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== identity) {
    const version = await printedPulumiVersion(program, environment);
    if (version === undefined || plain(version) !== pulumiVersion) return undefined;
    await writeFile(stamp, identity);
  }
  return {
    path: program,
    binDirectory: path.dirname(program),
    version: pulumiVersion,
    languageHost: await ensureLanguageHost(program),
  };
}

/** Writes the shim where the CLI has no language host; says whose it is. */
async function ensureLanguageHost(program: string): Promise<'official' | 'node'> {
  const file = path.join(path.dirname(program), languageHostName);
  const isShim = (content: string) => content.startsWith('#!/bin/sh\n# Starts the Node language host of the sluice');
  const content = await readFile(file, 'latin1').catch(() => undefined);
  if (content !== undefined && !isShim(content)) return 'official';
  if (content !== languageHostShim) {
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, languageHostShim);
    await chmod(draft, 0o755);
    await rename(draft, file);
  }
  return 'node';
}

/** Runs under the lock: fills a directory beside the final one and renames it, so that a half-made CLI is never found. */
async function getCli(home: string, because: string, options: FindPulumiCliOptions): Promise<PulumiCli> {
  const { environment, report, signal, install = runOfficialInstaller } = options;
  await removeLeftovers(home);
  if (await isExecutable(path.join(home, 'bin', 'pulumi'))) {
    report(`the Pulumi CLI in ${home} does not run as ${pulumiVersion}; it is made again`);
  }
  const staging = await mkdtemp(`${home}.part-`);
  const directory = path.join(staging, 'cli');
  try {
    report(`getting the Pulumi CLI ${pulumiVersion} (${because})`);
    const outcome = await install({ directory, environment });
    if (!outcome.installed) {
      report(`Pulumi's installer: ${outcome.because}; building the CLI from source instead`);
      await rm(directory, { recursive: true, force: true });
      const reasons = `${because}, Pulumi's installer did not work (${outcome.because})`;
      await buildPulumiCli({
        directory,
        environment,
        report,
        because: reasons,
        ...(signal === undefined ? {} : { signal }),
      });
    }
    if ((await cliInCache(directory, environment)) === undefined) throw brokenCli(outcome.installed);
    await rm(home, { recursive: true, force: true });
    await rename(directory, home);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  const made = await cliInCache(home, environment);
  if (made === undefined) throw brokenCli(false);
  return made;
}

function brokenCli(official: boolean): UserError {
  return new UserError({
    where: 'Pulumi CLI',
    what: `the CLI that ${official ? "Pulumi's installer" : 'go build'} made does not run as ${pulumiVersion} on this machine`,
    fix: `install Pulumi ${pulumiVersion} or newer (https://www.pulumi.com/docs/install/)`,
    exitCode: exitCodes.failed,
  });
}

/** What an interrupted run left; nobody else can be at work there, since the caller holds the lock. */
async function removeLeftovers(home: string): Promise<void> {
  const parent = path.dirname(home);
  await mkdir(parent, { recursive: true });
  const leftovers = (await readdir(parent)).filter((name) => name.startsWith(`${path.basename(home)}.part-`));
  await Promise.all(leftovers.map((name) => rm(path.join(parent, name), { recursive: true, force: true })));
}
