import assert from 'node:assert/strict';
import type { AwsLocation } from '../../base/location.ts';
import type {
  BucketConfiguration,
  Configuration,
  DomainConfiguration,
  Endpoints,
  MigrationConfiguration,
  MigrationOptions,
  Providers,
  Selector,
  SideConfiguration,
} from '../configuration.ts';
import type { Generation, Generations } from '../generation.ts';
import { addDays } from './date.ts';
import { roleIdentity } from './identity-checks.ts';
import type {
  BucketInput,
  ConfigurationInput,
  CredentialInput,
  DomainInput,
  MigrationInput,
  SideInput,
} from './schema.ts';

/** What a schema leaves out is absent, never `undefined`: so do the types of the completed configuration. */
type Given<Value extends object> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

interface Context {
  readonly stack: string;
  /** Taken by current generations that do not say when they were issued. */
  readonly issuedOnDefault: string | undefined;
}

/** Fills in every default. `input` has passed `requirementMistakes`. */
export function complete(input: ConfigurationInput, { stack, issuedOnDefault }: Context): Configuration {
  const { format, environment, endpoints, boundary, migrations, buckets, domains, smoke, approvedWidenings } = input;
  const providers = given(input.providers) as Providers;
  const issue = (credential: CredentialInput | undefined) =>
    generations(credential ?? {}, { issuedOnDefault, ttlDays: input.credentialDefaults.ttlDays });
  return {
    stack,
    format,
    environment,
    providers,
    ...(endpoints && { endpoints: completeEndpoints(endpoints) }),
    boundary,
    migrations: migrations.map((migration) => completeMigration(migration, providers, issue)),
    buckets: buckets.map((bucket) => completeBucket(bucket, providers)),
    domains: domains.map((domain) => completeDomain(domain, issue)),
    smoke: { ...smoke, decoyBuckets: given(smoke.decoyBuckets) },
    approvedWidenings,
  };
}

type Issue = (credential: CredentialInput | undefined) => Generations;

function completeEndpoints({ aws, r2, edge }: NonNullable<ConfigurationInput['endpoints']>): Endpoints {
  return { ...(aws && { aws }), ...(r2 && { r2: given(r2) }), ...(edge && { edge: given(edge) }) };
}

function completeMigration(migration: MigrationInput, providers: Providers, issue: Issue): MigrationConfiguration {
  const { verification, deletesMax = 1000, deletesMaxPercent = 10, ...switches } = migration.options;
  const { source } = migration;
  return {
    name: migration.name,
    operation: migration.operation,
    // One credential serves both sides of a server-side copy: the destination's.
    source:
      switches.serverSide && source.provider === 'aws'
        ? { location: completeAwsLocation(source, providers.aws) }
        : completeSide(source, providers, issue),
    destination: completeSide(migration.destination, providers, issue),
    options: { verification, deletesMax, deletesMaxPercent, ...switchedOn(switches) },
    afterDeploy: migration.afterDeploy,
    ...(migration.crossEnvironment && { crossEnvironment: migration.crossEnvironment }),
  };
}

type Switches = Pick<MigrationInput['options'], keyof MigrationOptions>;

function switchedOn({ versions, tags, appendOnly, serverSide, tlsOnly }: Switches): MigrationOptions {
  return {
    ...(versions && { versions }),
    ...(tags && { tags }),
    ...(appendOnly && { appendOnly }),
    ...(serverSide && { serverSide }),
    ...(tlsOnly && { tlsOnly }),
  };
}

function completeSide(side: SideInput, providers: Providers, issue: Issue): SideConfiguration {
  if (side.provider === 'file') return { location: { provider: 'file', path: side.path } };
  if (side.provider === 'aws') {
    const { aws } = providers;
    assert(aws, 'requirementMistakes refuses a location without its provider');
    const location = completeAwsLocation(side, aws);
    const role = side.credential && roleIdentity(side.credential, aws);
    return role ? { location, role } : { location, credential: issue(side.credential) };
  }
  const { r2 } = providers;
  assert(r2, 'requirementMistakes refuses a location without its provider');
  const { bucket, prefix, jurisdiction, accountId = r2.accountId } = side;
  return {
    location: { provider: 'r2', bucket, prefix, jurisdiction, accountId },
    credential: issue(side.credential),
  };
}

function completeAwsLocation(side: Extract<SideInput, { provider: 'aws' }>, aws: Providers['aws']): AwsLocation {
  assert(aws, 'requirementMistakes refuses a location without its provider');
  const { provider, bucket, prefix, region = aws.region, accountId = aws.accountId, kmsKeyArn, requesterPays } = side;
  return {
    provider,
    bucket,
    prefix,
    region,
    accountId,
    partition: aws.partition,
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    ...(requesterPays && { requesterPays }),
  };
}

function completeBucket(bucket: BucketInput, { aws, r2 }: Providers): BucketConfiguration {
  if (bucket.provider === 'aws') {
    assert(aws, 'requirementMistakes refuses a bucket without its provider');
    return { ...bucket, region: aws.region };
  }
  assert(r2, 'requirementMistakes refuses a bucket without its provider');
  return { ...bucket, jurisdiction: 'default', accountId: r2.accountId };
}

function completeDomain(domain: DomainInput, issue: Issue): DomainConfiguration {
  return {
    ...domain,
    policies: domain.policies.map((policy) => ({
      ...policy,
      include: policy.include.map(selector),
      require: policy.require.map(selector),
      exclude: policy.exclude.map(selector),
    })),
    serviceTokens: domain.serviceTokens.map(({ name, credential }) => ({ name, credential: issue(credential) })),
  };
}

/** The schema let exactly one key through. */
function selector(input: DomainInput['policies'][number]['include'][number]): Selector {
  return given(input) as Selector;
}

function generations(
  { current, previous, ttlDays: ownTtlDays, neverExpires }: CredentialInput,
  defaults: { readonly issuedOnDefault: string | undefined; readonly ttlDays: number },
): Generations {
  const ttlDays = neverExpires === undefined ? (ownTtlDays ?? defaults.ttlDays) : undefined;
  const issuedOn = current?.issuedOn ?? defaults.issuedOnDefault;
  assert(issuedOn !== undefined, 'requirementMistakes refuses a generation without its date');
  return {
    current: generation({ generation: current?.generation ?? 1, issuedOn, expiresOn: current?.expiresOn }, ttlDays),
    ...(previous && { previous: generation(previous, ttlDays) }),
    ...(neverExpires === undefined ? {} : { neverExpires }),
  };
}

function generation(
  input: { readonly generation: number; readonly issuedOn: string; readonly expiresOn?: string | undefined },
  /** Absent where the credential never expires, unless its own date says so. */
  ttlDays: number | undefined,
): Generation {
  const { issuedOn } = input;
  const expiresOn = input.expiresOn ?? (ttlDays === undefined ? undefined : addDays(issuedOn, ttlDays));
  return { generation: input.generation, issuedOn, ...(expiresOn === undefined ? {} : { expiresOn }) };
}

function given<Value extends object>(value: Value): Given<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Given<Value>;
}
