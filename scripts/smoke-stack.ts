import type { BucketLocation } from '../base/location.ts';
import type { BucketPlace } from '../engine/place.ts';
import type { DomainConfiguration, MigrationConfiguration } from '../policies/configuration.ts';
import { sideGrant } from '../policies/migration-grants.ts';
import { type Side, sides } from '../policies/operation.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import { smokeDomain } from '../proof/domain.ts';
import { withDomainCanary } from '../proof/domain-canary.ts';
import { renderReport } from '../proof/render-report.ts';
import type { Report } from '../proof/report.ts';
import { smokeGrant, type SmokeOptions } from '../proof/smoke.ts';
import { withStrangers } from '../proof/strangers.ts';
import { unprovenGrant } from '../proof/unproven.ts';
import { type Administrators, bucketPlace, cloudflareClient } from './administrators.ts';
import { useColour } from './output.ts';
import { onlyElsewhere } from './role-session.ts';
import { strangersTo } from './role-strangers.ts';
import { deployedRole, sideKeys } from './side-keys.ts';
import type { Stack } from './stack.ts';

/** What a smoke test works with: the deployed stack, its credentials, and who prepares canaries. */
export interface SmokeContext {
  readonly stack: Stack;
  readonly credentials: CredentialsOutput;
  readonly administrators: Administrators;
}

/** The probe grids of one migration's credentials, both sides at once. */
export function smokeMigration(context: SmokeContext, migration: MigrationConfiguration): Promise<Report[]> {
  return Promise.all(
    sides.filter((side) => sideGrant(migration, side) !== undefined).map((side) => smokeSide(context, migration, side)),
  );
}

async function smokeSide(
  { stack, credentials, administrators }: SmokeContext,
  migration: MigrationConfiguration,
  side: Side,
): Promise<Report> {
  const grant = sideGrant(migration, side);
  if (grant === undefined) throw new Error(`${migration.name}/${side} is in no bucket`);
  const of = { stack, credentials, migration, side };
  const role = deployedRole(of);
  const elsewhere = role && onlyElsewhere(stack, role.identity);
  if (elsewhere !== undefined) return unprovenGrant(grant, elsewhere);
  const keys = await sideKeys(of);
  const { smoke } = stack.configuration;
  const decoyBucket = smoke.decoyBuckets[grant.location.provider];
  const administrator = await administrators.place(grant.location);
  const place = bucketPlace(stack, grant.location, keys);
  const report = await smokeGrant({
    grant,
    place,
    ...plainHttpAddress(stack, place),
    administrator: { place: () => administrator },
    ...(decoyBucket === undefined ? {} : { decoyBucket }),
    canaries: smoke.canaries,
    outsideCanaries: smoke.outsideCanaries,
    greensInARow: smoke.greensInARow,
    propagationTimeoutSeconds: smoke.propagationTimeoutSeconds,
  });
  return role ? withStrangers(report, strangersTo(stack, role, { session: keys, credentials })) : report;
}

/** Where S3 answers over plain HTTP too: it has both (AWS General Reference, "Amazon S3 endpoints"). */
function plainHttpAddress({ sandbox }: Stack, place: BucketPlace): Pick<SmokeOptions, 'plainHttpEndpoint'> {
  if (place.provider !== 'aws') return {};
  return { plainHttpEndpoint: sandbox ? sandbox.aws.endpoint : place.endpoint.replace(/^https:/, 'http:') };
}

/** A protected domain, seen from outside. */
export async function smokeProtectedDomain(
  { stack, credentials, administrators }: SmokeContext,
  domain: DomainConfiguration,
): Promise<Report> {
  const { configuration } = stack;
  const accountId = configuration.providers.r2?.accountId ?? '';
  const { name: bucket, jurisdiction } = domain.bucket;
  const location: BucketLocation = { provider: 'r2', bucket, prefix: '', jurisdiction, accountId };
  const administrator = await administrators.place(location);
  const client = await cloudflareClient(stack);
  const managed = await client.r2.buckets.domains.managed.list(
    bucket,
    { account_id: accountId },
    { headers: { 'cf-r2-jurisdiction': jurisdiction } },
  );
  const edge = configuration.endpoints?.edge?.http;
  const deployed = credentials.domains[domain.hostname]?.serviceTokens ?? {};
  const { result, leftBehind } = await withDomainCanary({ name: bucket, administrator }, (canary) =>
    smokeDomain({
      hostname: domain.hostname,
      ...(edge === undefined ? {} : { edge: { http: edge } }),
      canary,
      serviceTokens: Object.entries(deployed).map(([name, { current }]) => ({ name, ...current })),
      managedDomain: { enabled: managed.enabled, hostname: managed.domain },
      propagationTimeoutSeconds: configuration.smoke.propagationTimeoutSeconds,
    }),
  );
  return { ...result, leftBehind };
}

/** All migrations and domains of the stack, or the one that is called `name` (a migration's name, or a hostname). */
export async function smokeStack(context: SmokeContext, name?: string): Promise<Report[]> {
  const { migrations, domains } = context.stack.configuration;
  const wanted = (candidate: string) => name === undefined || candidate === name;
  const reports = await Promise.all([
    ...migrations.filter((migration) => wanted(migration.name)).map((migration) => smokeMigration(context, migration)),
    ...domains
      .filter((domain) => wanted(domain.hostname))
      .map(async (domain) => [await smokeProtectedDomain(context, domain)]),
  ]);
  return reports.flat();
}

/** The reports for people, one below the other. */
export function renderReports(reports: readonly Report[]): string {
  return reports.map((report) => renderReport(report, { colours: useColour(process.stdout) })).join('\n\n');
}

/** Whether every report passed. */
export function allPassed(reports: readonly Report[]): boolean {
  return reports.every(({ verdict }) => verdict.outcome === 'passed');
}
