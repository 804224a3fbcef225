import { exitCodes } from '../base/user-error.ts';
import type { Summary } from '../engine/summary.ts';
import type { MigrationConfiguration } from '../policies/configuration.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import type { Report } from '../proof/report.ts';
import { administratorsOf } from './administrators.ts';
import { narrate } from './output.ts';
import { renderSummary, succeeded } from './render-summary.ts';
import { runMigration } from './run-migration.ts';
import { allPassed, renderReports, type SmokeContext, smokeMigration, smokeProtectedDomain } from './smoke-stack.ts';
import { pulumiWorkspace, readCredentials, type Stack } from './stack.ts';

export interface PostDeployReport {
  readonly stack: string;
  readonly migrations: readonly MigrationReport[];
  readonly domains: readonly Report[];
  /** 0: all good. 1: an operation failed. 3: a credential can do too much or too little. */
  readonly exitCode: (typeof exitCodes)['done' | 'failed' | 'accessCheckFailed'];
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
 * fail the smoke test is not run. Usable alone after any `pulumi up`.
 */
export async function postDeploy(
  stack: Stack,
  options: { readonly credentials?: CredentialsOutput },
): Promise<PostDeployReport> {
  const credentials = options.credentials ?? (await readCredentials(stack, await pulumiWorkspace(stack)));
  const context: SmokeContext = { stack, credentials, administrators: administratorsOf(stack) };
  const { migrations, domains } = stack.configuration;
  const migrationReports: MigrationReport[] = [];
  for (const migration of migrations.filter(({ afterDeploy }) => afterDeploy !== 'nothing')) {
    migrationReports.push(await afterDeploy(context, migration));
  }
  const domainReports = await Promise.all(domains.map((domain) => smokeProtectedDomain(context, domain)));
  for (const report of domainReports) narrate(`smoke ${report.subject}: ${report.verdict.outcome}`);
  return {
    stack: stack.name,
    migrations: migrationReports,
    domains: domainReports,
    exitCode: exitCodeOf(migrationReports, domainReports),
  };
}

async function afterDeploy(context: SmokeContext, migration: MigrationConfiguration): Promise<MigrationReport> {
  const { name, operation } = migration;
  const smoke = async (when: string): Promise<Report[]> => {
    const reports = await smokeMigration(context, migration);
    const checks = reports.flatMap((report) => report.checks).length;
    narrate(`smoke ${name} ${when}: ${allPassed(reports) ? `passed (${checks} requests)` : 'FAILED'}`);
    return reports;
  };
  const smokeBefore = await smoke('before');
  if (!allPassed(smokeBefore) || migration.afterDeploy === 'smoke-only') return { name, smokeBefore };
  const done = await runMigration({ ...context, migration, operation });
  const verify = operation === 'verify' ? done : await runMigration({ ...context, migration, operation: 'verify' });
  return { name, smokeBefore, operation: done, verify, smokeAfter: await smoke('after') };
}

function exitCodeOf(migrations: readonly MigrationReport[], domains: readonly Report[]): PostDeployReport['exitCode'] {
  const smokes = migrations.flatMap(({ smokeBefore, smokeAfter = [] }) => [...smokeBefore, ...smokeAfter]);
  if (!allPassed([...smokes, ...domains])) return exitCodes.accessCheckFailed;
  const summaries = migrations.flatMap(({ operation, verify }) => [operation, verify]);
  return summaries.every((summary) => summary === undefined || succeeded(summary)) ? exitCodes.done : exitCodes.failed;
}

/** For people: what was copied, and each smoke test that did not pass in full. */
export function renderPostDeploy({ migrations, domains, exitCode }: PostDeployReport): string {
  const parts = migrations.flatMap(({ name, smokeBefore, operation, verify, smokeAfter = [] }) => [
    ...failedOf([...smokeBefore, ...smokeAfter]),
    ...(operation === undefined ? [] : [renderSummary(name, operation)]),
    ...(verify === undefined || verify === operation ? [] : [renderSummary(name, verify)]),
  ]);
  const verdicts = {
    [exitCodes.done]:
      'post-deploy: every credential can do what it must and nothing else, and every object is where it belongs',
    [exitCodes.failed]: 'post-deploy: an operation FAILED',
    [exitCodes.accessCheckFailed]: 'post-deploy: an access check FAILED',
  };
  return [...parts, ...failedOf(domains), verdicts[exitCode]].join('\n');
}

function failedOf(reports: readonly Report[]): string[] {
  const failed = reports.filter(({ verdict }) => verdict.outcome !== 'passed');
  return failed.length === 0 ? [] : [renderReports(failed)];
}
