import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { jurisdictions } from '../../base/location.ts';
import { UserError } from '../../base/user-error.ts';
import { alignedColumns } from '../../proof/aligned-columns.ts';
import { describeDecision, type LoggedDecision } from '../../sandbox/decision-log/logged-decision.ts';
import { askDecisions, askMisbehaviours, tellMisbehaviours } from '../../sandbox/process-control-client.ts';
import {
  readSandboxStatus,
  resetSandbox,
  sandboxEnvironment,
  startSandboxProcess,
  stopSandboxProcess,
} from '../../sandbox/process.ts';
import { defaultPorts, freePorts, type SandboxPorts, type SandboxStatus } from '../../sandbox/status.ts';
import { sandboxDirectory } from '../checkout.ts';
import { narrate, printResult } from '../output.ts';
import type { MakeCommand } from './command.ts';

export const sandboxCommand: MakeCommand = () => {
  const sandbox = new Command('sandbox')
    .description('The local clouds: AWS, Cloudflare and its edge on this machine, with no account.')
    .addHelpText(
      'after',
      `
  sluice sandbox start               on the ports that Pulumi.dev.yaml names
  sluice sandbox start --port 0      on free ports
  sluice sandbox status --json       endpoints and administrator credentials
  eval "$(npx sluice sandbox env)"   point the AWS CLI and others at it
  sluice sandbox log --refused       who was refused what, and why
  sluice sandbox misbehave FILE      fail on purpose, by the rules of a JSON file
  sluice sandbox reset               stop it and forget everything in it`,
    );

  sandbox
    .command('start')
    .description('Start it, unless it runs.')
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
    .description('Stop it; what is in it stays.')
    .action(async () => {
      narrate((await stopSandboxProcess(sandboxDirectory)) ? 'sandbox stopped' : 'the sandbox is not running');
    });

  sandbox
    .command('status')
    .description("Every endpoint; --json adds the administrator's credentials.")
    .option('--json', 'as one JSON document')
    .action(async (options: { json?: boolean }) => printResult(await runningSandbox(), describe, options));

  sandbox
    .command('env')
    .description('Shell exports that point any client at it.')
    .option('--json', 'as one JSON document')
    .action(async (options: { json?: boolean }) =>
      printResult(sandboxEnvironment(await runningSandbox()), renderExports, options),
    );

  sandbox
    .command('log')
    .description('Who asked what, the verdict, and the statement, group or rule that decided.')
    .option('--follow', 'go on with what comes, until interrupted')
    .option('--refused', 'refusals only')
    .option('--json', 'as one JSON document; with --follow one a line')
    .action(async ({ follow = false, refused = false, json = false }: LogOptions) => {
      const { control } = await runningSandbox();
      await (follow
        ? followDecisions(control.url, { refusedOnly: refused, json })
        : printDecisions(control.url, { refusedOnly: refused, json }));
    });

  sandbox
    .command('misbehave')
    .argument('[file]', 'JSON rules (see docs/sandbox.md), "-" for stdin; what holds now without it')
    .description('Latency, errors, resets, broken bodies, lying listings, late keys: on purpose.')
    .option('--stop', 'behave again')
    .action(async (file: string | undefined, { stop = false }: { stop?: boolean }) => {
      const { url } = (await runningSandbox()).control;
      const asked = file === undefined && !stop;
      const report = asked
        ? await askMisbehaviours(url)
        : await tellMisbehaviours(url, file === undefined || stop ? undefined : await readRules(file));
      printResult(report, String, { json: true });
    });

  sandbox
    .command('reset')
    .description('Stop it and remove everything in it.')
    .action(async () => {
      await resetSandbox(sandboxDirectory);
      narrate('the sandbox is empty');
    });

  return sandbox;
};

interface LogOptions {
  readonly follow?: boolean;
  readonly refused?: boolean;
  readonly json?: boolean;
}

/** All that the sandbox has in memory. */
async function printDecisions(
  controlUrl: string,
  { refusedOnly, json }: { readonly refusedOnly: boolean; readonly json: boolean },
): Promise<void> {
  const decisions: LoggedDecision[] = [];
  for (let after = 0; ;) {
    const page = await askDecisions(controlUrl, { after, refusedOnly });
    decisions.push(...page.decisions);
    if (page.last === after) break;
    after = page.last;
  }
  const render = (): string => decisions.map(describeDecision).join('\n');
  if (json) printResult({ decisions }, String, { json });
  else if (decisions.length > 0) printResult(decisions, render, {});
  else narrate(refusedOnly ? 'nothing was refused yet' : 'nothing was decided yet');
}

/** How long the sandbox may wait before it says that there is nothing new. */
const followWaitSeconds = 20;

async function followDecisions(
  controlUrl: string,
  { refusedOnly, json }: { readonly refusedOnly: boolean; readonly json: boolean },
): Promise<never> {
  for (let after = 0; ;) {
    const page = await askDecisions(controlUrl, { after, refusedOnly, waitSeconds: followWaitSeconds });
    for (const decision of page.decisions) {
      process.stdout.write(`${json ? JSON.stringify(decision) : describeDecision(decision)}\n`);
    }
    after = page.last;
  }
}

/** Throws `UserError` for a file that is not there or no JSON. */
async function readRules(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8')) as unknown;
  } catch (error) {
    const what = error instanceof SyntaxError ? `it is no JSON: ${error.message}` : 'it cannot be read';
    throw new UserError({ where: file, what, fix: 'docs/sandbox.md shows rules that work', cause: error });
  }
}

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
  if (base === 0) return freePorts;
  const inARow = Object.keys(defaultPorts).map((name, index) => [name, base + index]);
  return Object.fromEntries(inARow) as SandboxPorts;
}

function renderExports(environment: Readonly<Record<string, string>>): string {
  const quoted = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  return `${exports.join('')}${trustHint}\n`;
}

/** A comment, since these replace the authorities that a client trusts; at the end, where no shell takes exports for a part of it. */
const trustHint =
  '# Over HTTPS: AWS_CA_BUNDLE (AWS CLI, boto3), NODE_EXTRA_CA_CERTS (Node) or SSL_CERT_FILE (Go) = $SLUICE_SANDBOX_AUTHORITY';

/** Endpoints only: `--json` and `env` are the two that print credentials. */
function describe({ version, pid, aws, cloudflare, r2, edge, tls }: SandboxStatus): string {
  const endpoints = alignedColumns([
    ['AWS', aws.endpoint, aws.httpsEndpoint, `S3, IAM, STS; account ${aws.accountId}, ${aws.region}`],
    ['Cloudflare', cloudflare.apiBaseUrl, cloudflare.httpsApiBaseUrl, `API; account ${cloudflare.accountId}`],
    ...jurisdictions.map((jurisdiction) => [
      'R2',
      r2.endpoints[jurisdiction],
      r2.httpsEndpoints[jurisdiction],
      jurisdiction,
    ]),
    ['edge', edge.http, edge.https, 'custom domains behind Access'],
  ]);
  return [
    `sandbox ${version} runs (process ${pid})`,
    ...endpoints.split('\n').map((line) => `  ${line}`),
    `  Over HTTPS, clients have to trust ${tls.authorityFile}`,
  ].join('\n');
}
