/** The Pulumi program: a stack's configuration in, its access and its credentials out. */
import * as iam from '@pulumi/aws/iam/index.js';
import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';
import { UserError } from './base/user-error.ts';
import { Bucket } from './components/bucket.ts';
import { Migration } from './components/migration.ts';
import { ProtectedDomain } from './components/protected-domain.ts';
import { accessTable } from './policies/access-table.ts';
import { type Configuration, parseConfiguration } from './policies/configuration.ts';
import { bucketLogicalName } from './policies/names.ts';
import { valuesOfPulumiConfig } from './policies/pulumi-configuration.ts';
import { githubAudience, githubIssuerHost } from './policies/role-trust.ts';

const configuration = readConfiguration();
const { providers, endpoints } = configuration;

const buckets = configuration.buckets.map((bucket) => ({
  ...bucket,
  ready: new Bucket(bucketLogicalName(bucket), bucket).ready,
}));

/** An account has one provider of GitHub's tokens, so one stack of the account makes it for all of them. */
const githubProvider =
  providers.aws?.githubOidcProvider === 'create'
    ? new iam.OpenIdConnectProvider('github', {
        url: `https://${githubIssuerHost}`,
        clientIdLists: [githubAudience],
      })
    : undefined;

const migrations = configuration.migrations.map(
  (migration) =>
    [
      migration.name,
      new Migration(migration.name, {
        migration,
        ...(endpoints && { endpoints }),
        ...(githubProvider && { githubProvider }),
      }),
    ] as const,
);

const roles = Object.fromEntries(migrations.flatMap(([, migration]) => Object.entries(migration.roles)));

const domains = configuration.domains.map((domain) => {
  const { name, jurisdiction } = domain.bucket;
  const own = buckets.find(
    (made) => made.provider === 'r2' && made.name === name && made.jurisdiction === jurisdiction,
  );
  const accountId = providers.r2?.accountId ?? '';
  return [
    domain.hostname,
    new ProtectedDomain(domain.hostname, { domain, accountId, after: own?.ready ?? [] }),
  ] as const;
});

/** Who can reach what; public. */
export const access = accessTable(configuration);

/** The generated credentials: the only secret output, and the only place they stand beside the state. */
export const credentials = pulumi.secret({
  format: 1,
  migrations: Object.fromEntries(migrations.map(([name, migration]) => [name, migration.credentials])),
  domains: Object.fromEntries(domains.map(([hostname, { serviceTokens }]) => [hostname, { serviceTokens }])),
  ...(Object.keys(roles).length > 0 && { roles }),
});

function readConfiguration(): Configuration {
  // The language host names the encrypted keys; none may be ours.
  const secretKeys = z.array(z.string()).parse(JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]'));
  try {
    return parseConfiguration(pulumi.getStack(), valuesOfPulumiConfig(pulumi.runtime.allConfig(), secretKeys));
  } catch (error) {
    // Pulumi prints a RunError's message alone; a stack trace would bury it.
    if (error instanceof UserError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
