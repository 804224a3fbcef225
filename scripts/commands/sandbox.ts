import { Command, InvalidArgumentError } from 'commander';
import { UserError } from '../../base/user-error.ts';
import {
  readSandboxStatus,
  resetSandbox,
  sandboxEnvironment,
  startSandboxProcess,
  stopSandboxProcess,
} from '../../sandbox/process.ts';
import { defaultPorts, type SandboxPorts, type SandboxStatus } from '../../sandbox/status.ts';
import { sandboxDirectory } from '../checkout.ts';
import { narrate, printResult } from '../output.ts';
import type { MakeCommand } from './command.ts';

type PortName = keyof SandboxPorts;

export const sandboxCommand: MakeCommand = () => {
  const sandbox = new Command('sandbox')
    .description('The local clouds: AWS, Cloudflare and its edge on this machine, with no account.')
    .addHelpText(
      'after',
      `
  sluice sandbox start             on the ports that Pulumi.dev.yaml names
  sluice sandbox start --port 0    on free ports
  sluice sandbox status --json     endpoints and administrator credentials
  eval "$(npx sluice sandbox env)" point the AWS CLI and others at it
  sluice sandbox reset             stop it and forget everything in it`,
    );

  sandbox
    .command('start')
    .description('start it, unless it runs')
    .option(
      '--port <base>',
      `first of ${Object.keys(defaultPorts).length} ports in a row; 0 picks free ones`,
      parsePort,
    )
    .action(async ({ port }: { port?: number }) => {
      const status = await startSandboxProcess({
        directory: sandboxDirectory,
        ...(port === undefined ? {} : { ports: portsFrom(port) }),
      });
      narrate(describe(status));
    });

  sandbox
    .command('stop')
    .description('stop it; what is in it stays')
    .action(async () => {
      narrate((await stopSandboxProcess(sandboxDirectory)) ? 'sandbox stopped' : 'the sandbox is not running');
    });

  sandbox
    .command('status')
    .description('every endpoint, and the administrator credentials')
    .option('--json', 'as one JSON document')
    .action(async (options: { json?: boolean }) => printResult(await runningSandbox(), describe, options));

  sandbox
    .command('env')
    .description('shell exports that point any client at it')
    .option('--json', 'as one JSON document')
    .action(async (options: { json?: boolean }) =>
      printResult(sandboxEnvironment(await runningSandbox()), renderExports, options),
    );

  sandbox
    .command('reset')
    .description('stop it and remove everything in it')
    .action(async () => {
      await resetSandbox(sandboxDirectory);
      narrate('the sandbox is empty');
    });

  return sandbox;
};

/** The status of the running sandbox. Throws `UserError` when none runs. */
export async function runningSandbox(): Promise<SandboxStatus> {
  const status = await readSandboxStatus(sandboxDirectory);
  if (status !== undefined) return status;
  throw new UserError({
    where: 'sandbox',
    what: 'it is not running',
    fix: 'run `npm run sluice -- sandbox start`',
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  const last = 65_535 - Object.keys(defaultPorts).length;
  if (Number.isInteger(port) && port >= 0 && port <= last) return port;
  throw new InvalidArgumentError(`a port is a whole number from 0 to ${last}.`);
}

function portsFrom(base: number): SandboxPorts {
  const names = Object.keys(defaultPorts) as PortName[];
  const port = (index: number) => (base === 0 ? 0 : base + index);
  return Object.fromEntries(names.map((name, index) => [name, port(index)])) as unknown as SandboxPorts;
}

function renderExports(environment: Readonly<Record<string, string>>): string {
  const quoted = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('');
}

/** Endpoints only: `--json` and `env` are the two that print credentials. */
function describe({ version, pid, aws, cloudflare, r2, edge }: SandboxStatus): string {
  return [
    `sandbox ${version} runs (process ${pid})`,
    `  AWS         ${aws.endpoint}  S3, IAM, STS; account ${aws.accountId}, ${aws.region}`,
    `  Cloudflare  ${cloudflare.apiBaseUrl}  account ${cloudflare.accountId}`,
    ...Object.entries(r2.endpoints).map(([jurisdiction, url]) => `  R2          ${url}  ${jurisdiction}`),
    `  edge        ${edge.http}  custom domains behind Access`,
  ].join('\n');
}
