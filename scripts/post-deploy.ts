import { exitCodes } from '../base/user-error.ts';
import type { Summary } from '../engine/summary.ts';
import type { MigrationConfiguration } from '../policies/configuration.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import type { Report } from '../proof/report.ts';
import { administratorsOf } from './administrators.ts';
import { journalsDirectory } from './checkout.ts';
import { narrate } from './output.ts';
import { renderSummary, succeeded } from './render-summary.ts';
import { runMigration } from './run-migration.ts';
import { allPassed, renderReports, type SmokeContext, smokeMigration, smokeProtectedDomain } from './smoke-stack.ts';
import { drainedBySignals, type Stopping } from './signals.ts';
import { pulumiWorkspace, readCredentials, type Stack } from './stack.ts';

export interface PostDeployReport {
  readonly stack: string;
  readonly migrations: readonly MigrationReport[];
  readonly domains: readonly Report[];
  /** A signal stopped it: the same command goes on from there. */
  readonly interrupted: boolean;
  /** 0: all good. 1: an operation failed. 3: a credential can do too much or too little. 130, 143: interrupted. */
  readonly exitCode: number;
}

export interface MigrationReport {
  readonly name: string;
  readonly smokeBefore: readonly Report[];
  /** Absent where the smoke test failed, or the configuration says not to run it. */
  readonly operation?: Summary;
  readonly verify?: Summary;
  readonly smokeAfter?: readonly Report[];
}

/**
 * What follows every deploy: for each migration, in the configuration's order, the smoke test, its operation, a verify and
 * the smoke test again, with the credentials of the stack's secret output; then the domains. A migration whose credentials
 * fail the smoke test is not run. Operations keep a journal: interrupted by a signal, the next post-deploy goes on with them. Usable
 * alone after any `pulumi up`.
 */
export async function postDeploy(
  stack: Stack,
  options: { readonly credentials?: CredentialsOutput },
): Promise<PostDeployReport> {
  const credentials = options.credentials ?? (await readCredentials(stack, await pulumiWorkspace(stack)));
  const context: SmokeContext = { stack, credentials, administrators: administratorsOf(stack) };
  const { migrations, domains } = stack.configuration;
  const migrationReports: MigrationReport[] = [];
  const { interruptedExitCode } = await drainedBySignals(async (stopping) => {
    for (const migration of migrations.filter(({ afterDeploy }) => afterDeploy !== 'nothing')) {
      if (stopping.draining.aborted) break;
      migrationReports.push(await afterDeploy(context, migration, stopping));
    }
  });
  const interrupted = interruptedExitCode !== undefined;
  const domainReports = interrupted
    ? []
    : await Promise.all(domains.map((domain) => smokeProtectedDomain(context, domain)));
  for (const report of domainReports) narrate(`smoke ${report.subject}: ${report.verdict.outcome}`);
  return {
    stack: stack.name,
    migrations: migrationReports,
    domains: domainReports,
    interrupted,
    exitCode: interruptedExitCode ?? exitCodeOf(migrationReports, domainReports),
  };
}

async function afterDeploy(
  context: SmokeContext,
  migration: MigrationConfiguration,
  stopping: Stopping,
): Promise<MigrationReport> {
  const { name, operation } = migration;
  const smoke = async (when: string): Promise<Report[]> => {
    const reports = await smokeMigration(context, migration);
    const checks = reports.flatMap((report) => report.checks).length;
    narrate(`smoke ${name} ${when}: ${allPassed(reports) ? `passed (${checks} requests)` : failureWord(reports)}`);
    return reports;
  };
  const smokeBefore = await smoke('before');
  if (!allPassed(smokeBefore) || migration.afterDeploy === 'smoke-only') return { name, smokeBefore };
  // Nobody is there to decide about an interrupted run whose options have been changed since: it is begun again.
  const journal = { directory: journalsDirectory, restartIfOptionsDiffer: true };
  const additional = { ...stopping, journal };
  const done = await runMigration({ ...context, migration, operation, additional });
  if (stopping.draining.aborted) return { name, smokeBefore, operation: done };
  const verify =
    operation === 'verify' ? done : await runMigration({ ...context, migration, operation: 'verify', additional });
  return { name, smokeBefore, operation: done, verify, smokeAfter: await smoke('after') };
}

function exitCodeOf(
  migrations: readonly MigrationReport[],
  domains: readonly Report[],
): (typeof exitCodes)['done' | 'failed' | 'accessCheckFailed'] {
  if (!allPassed([...smokesOf(migrations), ...domains])) return exitCodes.accessCheckFailed;
  const summaries = migrations.flatMap(({ operation, verify }) => [operation, verify]);
  return summaries.every((summary) => summary === undefined || succeeded(summary)) ? exitCodes.done : exitCodes.failed;
}

function smokesOf(migrations: readonly MigrationReport[]): Report[] {
  return migrations.flatMap(({ smokeBefore, smokeAfter = [] }) => [...smokeBefore, ...smokeAfter]);
}

/** What cannot be tried from here is not proven, which is no pass either: the operation does not run. */
function failureWord(reports: readonly Report[]): string {
  const untried = reports.filter(nothingTried);
  return onlyUntried(reports) ? `not proven (${untried.map(({ subject }) => subject).join(', ')})` : 'FAILED';
}

/** Whether whatever failed is what whoever ran this cannot try at all, such as a role that only jobs of GitHub take. */
function onlyUntried(reports: readonly Report[]): boolean {
  return !allPassed(reports) && allPassed(reports.filter((report) => !nothingTried(report)));
}

function nothingTried({ checks }: Report): boolean {
  return checks.every(({ outcome }) => outcome === 'not-proven');
}

/** For people: what was copied, and each smoke test that did not pass in full. */
export function renderPostDeploy({ migrations, domains, interrupted, exitCode }: PostDeployReport): string {
  const parts = migrations.flatMap(({ name, smokeBefore, operation, verify, smokeAfter = [] }) => [
    ...failedOf([...smokeBefore, ...smokeAfter]),
    ...(operation === undefined ? [] : [renderSummary(name, operation)]),
    ...(verify === undefined || verify === operation ? [] : [renderSummary(name, verify)]),
  ]);
  const verdicts: Readonly<Record<number, string>> = {
    [exitCodes.done]:
      'post-deploy: every credential can do what it must and nothing else, and every object is where it belongs',
    [exitCodes.failed]: 'post-deploy: an operation FAILED',
    [exitCodes.accessCheckFailed]: onlyUntried([...smokesOf(migrations), ...domains])
      ? 'post-deploy: not everything is proven: run it where the credentials named above can be used'
      : 'post-deploy: an access check FAILED',
  };
  const verdict = interrupted ? 'post-deploy: interrupted; the same command goes on from here' : verdicts[exitCode];
  return [...parts, ...failedOf(domains), verdict].join('\n');
}

function failedOf(reports: readonly Report[]): string[] {
  const failed = reports.filter(({ verdict }) => verdict.outcome !== 'passed');
  return failed.length === 0 ? [] : [renderReports(failed)];
}
