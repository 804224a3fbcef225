import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/user-error.ts';
import { type DeployedGenerations, deployedGenerations } from '../credentials/inventory.ts';
import { type Configuration, parseConfiguration } from '../policies/configuration.ts';
import { configurationValues } from '../policies/stack-file.ts';
import { type CredentialsOutput, credentialsOutputSchema } from '../policies/stack-outputs.ts';
import type { SandboxStatus } from '../sandbox/status.ts';
import { findPulumiCli, type PulumiCli, userCacheDirectory } from '../toolchain/pulumi-cli.ts';
import { pulumiEnvironment, sandboxPulumiEnvironment } from '../toolchain/pulumi-environment.ts';
import type { PulumiWorkspace } from '../toolchain/run-pulumi.ts';
import { withWrittenGenerations, writeSandboxProject } from '../toolchain/sandbox-project.ts';
import { refuseSandboxSettings } from '../toolchain/sandbox-settings.ts';
import { publicOutputs, stackOutputs } from '../toolchain/stack.ts';
import { checkout, sandboxDirectory, stackDirectory } from './checkout.ts';
import { runningSandbox } from './commands/sandbox.ts';
import { trustSandbox } from './sandbox-trust.ts';
import { waiting } from './waiting.ts';

const sandboxPassphraseFile = join(sandboxDirectory, 'passphrase');

/** What tells Pulumi where the stack's configuration is, when it is not where Pulumi would look. */
export function configurationWords({ sandbox, stackFile }: Stack): string[] {
  return sandbox !== undefined || stackDirectory === checkout ? [] : ['--config-file', stackFile];
}

/** Where Pulumi works on a stack. */
export interface PulumiProject {
  readonly name: string;
  /** Present where the stack's environment is the sandbox. */
  readonly sandbox?: SandboxStatus;
  /** The directory of the Pulumi.yaml that Pulumi works on: the checkout, or the sandbox's project. */
  readonly projectDirectory: string;
}

/** A stack that a command works on, with its configuration parsed. */
export interface Stack extends PulumiProject {
  readonly configuration: Configuration;
  /** The stack file that a rotation edits. */
  readonly stackFile: string;
}

/** Today's date in UTC, `YYYY-MM-DD`. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/**
 * Reads a stack. For the sandbox's, writes the copy of the project that Pulumi works on first, so that the checkout stays
 * untouched. Throws `UserError` for a missing file, a configuration mistake, a sandbox that is down, and sandbox settings
 * left in the environment of another stack.
 */
export async function openStack(name: string): Promise<Stack> {
  const inCheckout = await requireStackText(name);
  const project = await openPulumiProject(name);
  const stackFile = stackFileIn(project.sandbox ? project.projectDirectory : stackDirectory, name);
  const stackText = (await readStackText(stackFile)) ?? inCheckout;
  const projectText = await readFile(join(project.projectDirectory, 'Pulumi.yaml'), 'utf8');
  const configuration = parseConfiguration(name, configurationValues(stackText, projectText));
  if (project.sandbox) await trustSandbox(project.sandbox, configuration.endpoints);
  return { ...project, stackFile, configuration };
}

/** As `openStack`, but without its configuration, which may be wrong or not there yet: for Pulumi's own commands. */
export async function openPulumiProject(name: string): Promise<PulumiProject> {
  if (!(await isSandboxStack(name))) {
    refuseSandboxSettings(process.env, await readProjectText());
    return { name, projectDirectory: checkout };
  }
  const sandbox = await runningSandbox();
  const projectDirectory = join(sandboxDirectory, 'project');
  await writeSandboxProject({
    checkout,
    stackDirectory,
    directory: projectDirectory,
    stack: name,
    status: sandbox,
    issuedOn: today(),
    passphraseFile: sandboxPassphraseFile,
  });
  return { name, sandbox, projectDirectory };
}

/**
 * A stack's configuration without anything that runs: no sandbox, no Pulumi. For the sandbox's stack with the generations of
 * the copy where there is one, since rotations are written there.
 */
export async function readConfiguration(name: string): Promise<Configuration> {
  const inCheckout = await requireStackText(name);
  const projectText = await readProjectText();
  if (!(await isSandboxStack(name))) return parseConfiguration(name, configurationValues(inCheckout, projectText));
  const copy = await readStackText(stackFileIn(join(sandboxDirectory, 'project'), name));
  const stackText = copy === undefined ? inCheckout : withWrittenGenerations(inCheckout, copy, name);
  const values = configurationValues(stackText, projectText);
  return parseConfiguration(name, values, { issuedOnDefault: today() });
}

/** Whether a stack's file says that its environment is the sandbox; false where there is no file. */
export async function isSandboxStack(name: string): Promise<boolean> {
  const stackText = await readStackText(stackFileIn(stackDirectory, name));
  return configurationValues(stackText ?? '', await readProjectText())['environment'] === 'sandbox';
}

/** `Pulumi.<stack>.yaml` in `directory`. */
export function stackFileIn(directory: string, stack: string): string {
  return join(directory, `Pulumi.${stack}.yaml`);
}

function readProjectText(): Promise<string> {
  return readFile(join(checkout, 'Pulumi.yaml'), 'utf8');
}

async function requireStackText(name: string): Promise<string> {
  const text = await readStackText(stackFileIn(stackDirectory, name));
  if (text !== undefined) return text;
  throw new UserError({
    where: `stack ${name}`,
    what: `there is no Pulumi.${name}.yaml`,
    fix: `run \`npm run sluice -- pulumi stack init ${name}\` and write its configuration: docs/configuration.md`,
  });
}

/** A stack file's text; undefined where there is none. */
export async function readStackText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** How Pulumi is run on the stack: CLI, directory and environment. Gets the CLI when there is none, which may take minutes. */
export async function pulumiWorkspace({ name, sandbox, projectDirectory }: PulumiProject): Promise<PulumiWorkspace> {
  const environment = process.env;
  if (sandbox === undefined) await requirePassphrase(name, environment);
  const cli = await getPulumiCli(environment);
  const shared = { cli, checkout, node: process.execPath, environment };
  return {
    cli,
    workingDirectory: projectDirectory,
    environment: sandbox
      ? await sandboxPulumiEnvironment({
          ...shared,
          sandboxDirectory,
          passphraseFile: sandboxPassphraseFile,
          administrator: sandbox,
        })
      : pulumiEnvironment(shared),
  };
}

/** Pulumi would ask for it half way, or fail with words that name neither the stack nor the variable. */
async function requirePassphrase(stack: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const file = stackFileIn(stackDirectory, stack);
  const usesPassphrase = /^encryptionsalt:/m.test((await readStackText(file)) ?? '');
  const given = environment['PULUMI_CONFIG_PASSPHRASE'] ?? environment['PULUMI_CONFIG_PASSPHRASE_FILE'];
  if (!usesPassphrase || given !== undefined) return;
  throw new UserError({
    where: `stack ${stack}`,
    what: 'its secrets are encrypted with a passphrase, and none is given',
    fix: 'set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE',
  });
}

async function getPulumiCli(environment: NodeJS.ProcessEnv): Promise<PulumiCli> {
  const { report, done } = waiting();
  try {
    return await findPulumiCli({ cacheDirectory: userCacheDirectory(environment), environment, report });
  } finally {
    done();
  }
}

/** Which generations live, out of the stack's public output; empty before the first deploy, and after a destroy. */
export async function readDeployedGenerations(stack: Stack, workspace: PulumiWorkspace): Promise<DeployedGenerations> {
  const { access } = await publicOutputs({ ...workspace, stack: stack.name });
  return deployedGenerations(access);
}

/**
 * The generated credentials, out of the stack's secret output. Throws `UserError` for a stack that is not deployed. Who calls
 * it must neither print nor write what it returns.
 */
export async function readCredentials(stack: Stack, workspace: PulumiWorkspace): Promise<CredentialsOutput> {
  const { credentials } = await stackOutputs({ ...workspace, stack: stack.name, showSecrets: true });
  if (credentials === undefined) {
    throw new UserError({
      where: `stack ${stack.name}`,
      what: 'it is not deployed',
      fix: `run \`npm run sluice -- up --stack ${stack.name}\``,
    });
  }
  const parsed = credentialsOutputSchema.safeParse(credentials);
  if (parsed.success) return parsed.data;
  // The schema's own message would quote what it found, and this is where the secrets are.
  throw new UserError({
    where: `stack ${stack.name}`,
    what: 'its credentials output has a form that this version of sluice does not know',
    fix: 'work on it with the version that deployed it',
  });
}
