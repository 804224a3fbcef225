import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PulumiCli } from './pulumi-cli.ts';

/** What any program needs from the user's environment, whatever it does. */
const generalNames =
  /^(HOME|USER|LOGNAME|SHELL|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|CI|TMPDIR|TZ|LANG|LC_[A-Z]+|XDG_[A-Z_]+)$/;
/** What Pulumi and the real AWS and Cloudflare providers read: accounts, proxies, certificates, and how plugins are got. */
const realStackNames =
  /^(PULUMI_.*|AWS_.*|CLOUDFLARE_.*|B2_.*|GOOGLE_.*|AZURE_.*|ARM_.*|VAULT_.*|GITHUB_.*|GITLAB_.*|ACTIONS_.*|RUNNER_.*|OTEL_.*|GRPC_.*|TF_.*|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|SSH_AUTH_SOCK)$/;

export interface PulumiEnvironmentOptions {
  readonly cli: PulumiCli;
  /** The checkout whose language host and Node serve the programs. */
  readonly checkout: string;
  /** Node 22 or newer. */
  readonly node: string;
  /** What the user's shell gave us. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The sandbox's own administrator, as `sandbox status --json` gives it. */
export interface SandboxAdministrator {
  readonly aws: { readonly region: string; readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly cloudflare: { readonly apiToken: string };
}

export interface SandboxEnvironmentOptions extends PulumiEnvironmentOptions {
  /** `.sandbox`: Pulumi's home, state and passphrase are kept below it. */
  readonly sandboxDirectory: string;
  readonly passphraseFile: string;
  readonly administrator: SandboxAdministrator;
}

/**
 * The environment in which Pulumi works on a real stack: the user's own accounts and backend, our CLI and Node first
 * on PATH, and no plugin picked up from PATH (one of any version would win there over the one that was asked for).
 */
export function pulumiEnvironment(options: PulumiEnvironmentOptions): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: own, ...ours } = common(options);
  const nodeOptions = [options.environment['NODE_OPTIONS'], own].filter((words) => words !== undefined && words !== '');
  return { ...allowed(options.environment, realStackNames), ...ours, NODE_OPTIONS: nodeOptions.join(' ') };
}

/**
 * The environment in which Pulumi works on the sandbox. Nothing that names an account, a backend or an endpoint of the
 * user's gets in; the state lies in a directory of the sandbox, which is made here, since Pulumi does not make it.
 */
export async function sandboxPulumiEnvironment(options: SandboxEnvironmentOptions): Promise<NodeJS.ProcessEnv> {
  const { administrator, sandboxDirectory, passphraseFile } = options;
  const home = path.join(sandboxDirectory, 'pulumi', 'home');
  const state = path.join(sandboxDirectory, 'pulumi', 'state');
  for (const directory of [home, state]) await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    ...allowed(options.environment),
    ...common(options),
    PULUMI_HOME: home,
    // Attributes are written beside each file, not atomically: a run that is killed there leaves a state that Pulumi cannot
    // load ("failed to load checkpoint: EOF"). The backend has no use for them.
    PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: 'true',
    SLUICE_SANDBOX: '1',
    AWS_ACCESS_KEY_ID: administrator.aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: administrator.aws.secretAccessKey,
    AWS_REGION: administrator.aws.region,
    CLOUDFLARE_API_TOKEN: administrator.cloudflare.apiToken,
  };
}

function allowed(environment: NodeJS.ProcessEnv, more?: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => generalNames.test(name) || more?.test(name) === true),
  );
}

/** Where Node keeps compiled code between runs; it goes with the packages that it was compiled from. */
function compileCacheDirectory(checkout: string): string {
  return path.join(checkout, 'node_modules', '.cache', 'node-compile-cache');
}

/** What Pulumi gets in every case. */
function common({ cli, checkout, node, environment }: PulumiEnvironmentOptions) {
  const languageHost = path.join(checkout, 'toolchain', 'language-host');
  const searchPath = [cli.binDirectory, path.dirname(node), environment['PATH'] ?? ''].filter((entry) => entry !== '');
  return {
    PATH: searchPath.join(path.delimiter),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
    NODE_OPTIONS: preloads(checkout)
      .map((file) => `--import=${pathToFileURL(file).href}`)
      .join(' '),
    SLUICE_NODE: node,
    // Program, language host and stand-ins each start anew in every run: compiled code is what they can share.
    NODE_COMPILE_CACHE: compileCacheDirectory(checkout),
    SLUICE_LANGUAGE_HOST: path.join(languageHost, 'main.ts'),
  };
}

/** What runs in each Node process below Pulumi before its own code; each file says why. */
function preloads(checkout: string): string[] {
  const languageHost = path.join(checkout, 'toolchain', 'language-host');
  return [
    path.join(languageHost, 'plain-stack-traces.js'),
    path.join(languageHost, 'late-modules.js'),
    path.join(checkout, 'toolchain', 'stripped-types.js'),
  ];
}
