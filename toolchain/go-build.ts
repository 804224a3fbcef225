import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { exitCodes, UserError } from '../base/user-error.ts';
import { goVersionMinimum, isSupportedGo, pulumiVersion } from './cli-version.ts';
import { hasCode } from './system-error.ts';
import { runProcess } from './run-process.ts';

const pulumiPackage = 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi';
/** How many lines of Go's output an error shows. */
const linesShown = 15;
const reportEveryMs = 1_000;

/** The tools module that pins Pulumi and everything below it. */
export const toolsModule = path.join(import.meta.dirname, 'pulumi-cli');

export interface GoBuildOptions {
  /** Gets `bin/pulumi`. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Why the easier ways to a CLI did not work: part of the error when this one does not either. */
  readonly because: string;
}

/**
 * The arguments of `go` that build the CLI. The version stamp matters: without it `pulumi version` is empty, which
 * Pulumi's own SDK refuses. `-trimpath` keeps this machine's paths out of the binary; `-v` names each package as it is compiled.
 */
export function goBuildArguments(directory: string): string[] {
  return [
    ...['build', '-v', '-o', `${path.join(directory, 'bin')}/`, '-trimpath', '-tags', 'osusergo,grpcnotrace'],
    ...['-ldflags', `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion}`],
    pulumiPackage,
  ];
}

/** Go as it must run here: no C compiler, no other toolchain, no workspace of the user's around our module. */
function goEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off' };
}

/**
 * Builds `bin/pulumi` in `directory` out of the pinned tools module: minutes the first time, seconds once Go's own
 * cache is warm. Throws a UserError when Go is missing, too old, cannot download or cannot compile.
 */
export async function buildPulumiCli(options: GoBuildOptions): Promise<void> {
  const environment = goEnvironment(options.environment);
  await requireGo(environment, options);
  await mkdir(path.join(options.directory, 'bin'), { recursive: true });
  const progress = new BuildProgress();
  const endReport = progress.reportTo(options.report);
  const build = runProcess({
    command: 'go',
    arguments: goBuildArguments(options.directory),
    environment,
    workingDirectory: toolsModule,
    onLine: (line) => progress.see(line),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { exitCode, stderr } = await build.finally(endReport);
  options.signal?.throwIfAborted();
  if (exitCode !== 0) throw buildFailure(stderr, options.because);
}

async function requireGo(environment: NodeJS.ProcessEnv, { directory, because }: GoBuildOptions): Promise<void> {
  const printed = await goVersion(environment, path.dirname(directory));
  if (printed !== undefined && isSupportedGo(printed)) return;
  throw new UserError({
    where: 'Pulumi CLI',
    what: `${because}; building it needs Go ${goVersionMinimum} or newer, and ${printed === undefined ? 'there is no Go on PATH' : `Go on PATH is ${printed}`}`,
    fix: `install Pulumi ${pulumiVersion} or newer (https://www.pulumi.com/docs/install/) or Go ${goVersionMinimum} or newer (https://go.dev/doc/install), then run this again`,
  });
}

async function goVersion(environment: NodeJS.ProcessEnv, workingDirectory: string): Promise<string | undefined> {
  try {
    const { stdout } = await runProcess({
      command: 'go',
      arguments: ['env', 'GOVERSION'],
      environment,
      workingDirectory,
    });
    return stdout.trim() || 'of an unknown version';
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES')) return undefined;
    throw error;
  }
}

/** Counts Go's output and reports it once a second, also while Go is silent (linking takes its time). */
class BuildProgress {
  readonly #startedAt = Date.now();
  #downloaded = 0;
  #compiled = 0;

  see(line: string): void {
    if (line.startsWith('go: downloading ')) this.#downloaded += 1;
    else if (isPackage(line)) this.#compiled += 1;
  }

  /** Starts to report; the returned function ends it. */
  reportTo(report: (line: string) => void): () => void {
    report(this.#line());
    const timer = setInterval(() => report(this.#line()), reportEveryMs);
    return () => clearInterval(timer);
  }

  #line(): string {
    const seconds = Math.round((Date.now() - this.#startedAt) / 1000);
    return (
      `building the Pulumi CLI ${pulumiVersion} (once, some minutes): ${this.#downloaded} modules downloaded, ` +
      `${this.#compiled} packages compiled, ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    );
  }
}

/** `go build -v` prints an import path alone on its line. */
function isPackage(line: string): boolean {
  return /^[\w.~-]+(\/[\w.~-]+)*$/.test(line);
}

const networkTrouble =
  /dial tcp|no such host|proxyconnect|connection re(fused|set)|i\/o timeout|TLS handshake|x509|unexpected EOF|module lookup disabled|: (40[347]|410|50\d) /i;

function buildFailure(output: string, because: string): UserError {
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !isPackage(line) && !line.startsWith('go: downloading '));
  const said = lines.slice(-linesShown).join('\n');
  const [what, fix] = networkTrouble.test(said)
    ? ['Go could not download its modules', 'check the network and GOPROXY, HTTPS_PROXY and NO_PROXY']
    : said.includes('no space left on device')
      ? ['the disk is full (the build needs 4 GB)', 'make room']
      : ['go build failed', 'see what Go says below'];
  return new UserError({
    where: 'Pulumi CLI',
    what: `${because}, and ${what}`,
    fix: `${fix}, or install Pulumi ${pulumiVersion} or newer (https://www.pulumi.com/docs/install/)\n${said}`,
    exitCode: exitCodes.failed,
  });
}
