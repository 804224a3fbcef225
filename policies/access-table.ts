import { locationUrl } from '../base/location.ts';
import type { Ability } from './ability.ts';
import type { AccessPolicyConfiguration, Configuration, DomainConfiguration, Selector } from './configuration.ts';
import type { Excess } from './dialect.ts';
import { excessOf } from './dialects/index.ts';
import { type Generation, type Generations, type Slot, slotOf } from './generation.ts';
import type { AccessName, Grant } from './grant.ts';
import { sideGrant } from './migration-grants.ts';
import { sides } from './operation.ts';
import { type ResourcePolicy, resourcePoliciesOf } from './resource-policies.ts';
import type { RoleIdentity, RoleTrust } from './role-trust.ts';

/** Who can reach what: the stack's public output. Plain JSON, in configuration's order; it holds no secret. */
export interface AccessTable {
  readonly format: 1;
  readonly stack: string;
  readonly environment: string;
  readonly credentials: readonly AccessRow[];
  readonly domains: readonly DomainRow[];
  /** What the owners of other accounts' buckets and keys have to apply; absent where everything is in the stack's own. */
  readonly resourcePolicies?: readonly ResourcePolicy[];
}

/** One credential. */
export interface AccessRow {
  readonly access: AccessName;
  readonly provider: Grant['location']['provider'];
  /** `r2://media/uploads/`. */
  readonly where: string;
  readonly abilities: readonly Ability[];
  /** The current one first; two while a rotation is under way; none of a role. */
  readonly generations: readonly (Generation & { readonly slot: Slot })[];
  /** Who may become the role; absent where the credential is a user's or a token's. */
  readonly role?: RoleTrust & Pick<RoleIdentity, 'identity'>;
  /** Of the current generation. */
  readonly expiresOn?: string;
  /** Why it has no `expiresOn`. */
  readonly neverExpires?: string;
  readonly excess: readonly Excess[];
  /** What else its policy and its requests say; absent where nothing is special. */
  readonly options?: AccessOptions;
}

export interface AccessOptions {
  /** Whose the bucket is, where another account's than the stack's. */
  readonly accountId?: string;
  /** `s3://media-prod/uploads/`: the same credential reads the source, and S3 copies by itself. */
  readonly copiesFrom?: string;
  /** Objects are created, never overwritten. */
  readonly appendOnly?: true;
  /** The keys that it may use, through S3 alone. */
  readonly kmsKeyArns?: readonly string[];
  /** Its requests and what they transfer are paid by the stack's account. */
  readonly requesterPays?: true;
  /** It is refused over plain HTTP. */
  readonly tlsOnly?: true;
}

/** One protected hostname and its audience. */
export interface DomainRow {
  readonly hostname: string;
  /** `r2://media/`. */
  readonly bucket: string;
  readonly minimumTls: DomainConfiguration['minimumTls'];
  /** How long a visitor is let in before Access asks anew: `24h`. */
  readonly sessionDuration: string;
  /** In order of precedence. */
  readonly policies: readonly {
    readonly name: string;
    readonly decision: AccessPolicyConfiguration['decision'];
    /** `email ann@example.test`, `emailDomain example.test`, `serviceToken reader`. */
    readonly include: readonly string[];
    readonly require: readonly string[];
    readonly exclude: readonly string[];
  }[];
  readonly serviceTokens: readonly { readonly name: string; readonly generations: readonly Generation[] }[];
}

/** Computes the access table of a stack. Pure: nothing is asked of a provider. */
export function accessTable(configuration: Configuration): AccessTable {
  const { stack, environment, migrations, domains } = configuration;
  const resourcePolicies = resourcePoliciesOf(configuration);
  return {
    format: 1,
    stack,
    environment,
    credentials: migrations.flatMap((migration) =>
      sides.flatMap((side) => {
        const grant = sideGrant(migration, side);
        const { credential, role } = migration[side];
        if (grant && role) {
          return [{ ...accessRow(grant, configuration), role: { identity: role.identity, ...role.trust } }];
        }
        return grant && credential ? [{ ...accessRow(grant, configuration), ...lifeOf(credential) }] : [];
      }),
    ),
    domains: domains.map((domain) => domainRow(domain, configuration)),
    ...(resourcePolicies.length > 0 && { resourcePolicies }),
  };
}

function accessRow(grant: Grant, configuration: Configuration): AccessRow {
  const options = accessOptions(grant, configuration);
  return {
    access: grant.access,
    provider: grant.location.provider,
    where: locationUrl(grant.location),
    abilities: grant.abilities,
    generations: [],
    excess: excessOf(grant),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

/** Of a credential with generations. */
function lifeOf(credential: Generations): Pick<AccessRow, 'generations' | 'expiresOn' | 'neverExpires'> {
  const { expiresOn } = credential.current;
  const { neverExpires } = credential;
  return {
    generations: live(credential).map((generation) => ({ ...generation, slot: slotOf(generation.generation) })),
    ...(expiresOn === undefined ? {} : { expiresOn }),
    ...(neverExpires === undefined ? {} : { neverExpires }),
  };
}

function accessOptions({ location, options = {} }: Grant, { providers }: Configuration): AccessOptions {
  const { appendOnly, copyFrom, tlsOnly } = options;
  const kmsKeyArns = [options, copyFrom?.options].flatMap((side) => side?.kmsKeyArn ?? []);
  const foreign = location.accountId !== providers[location.provider]?.accountId;
  const pays = [location, copyFrom?.location].some((place) => place?.provider === 'aws' && place.requesterPays);
  return {
    ...(foreign && { accountId: location.accountId }),
    ...(copyFrom && { copiesFrom: locationUrl(copyFrom.location) }),
    ...(appendOnly && { appendOnly }),
    ...(kmsKeyArns.length > 0 && { kmsKeyArns: [...new Set(kmsKeyArns)] }),
    ...(pays && { requesterPays: true }),
    ...(tlsOnly && { tlsOnly }),
  };
}

function domainRow(
  { hostname, bucket, minimumTls, sessionDuration, policies, serviceTokens }: DomainConfiguration,
  { providers }: Configuration,
): DomainRow {
  const accountId = providers.r2?.accountId ?? '';
  return {
    hostname,
    bucket: locationUrl({
      provider: 'r2',
      bucket: bucket.name,
      jurisdiction: bucket.jurisdiction,
      prefix: '',
      accountId,
    }),
    minimumTls,
    sessionDuration,
    policies: policies.map(({ name, decision, include, require, exclude }) => ({
      name,
      decision,
      include: include.map(selectorText),
      require: require.map(selectorText),
      exclude: exclude.map(selectorText),
    })),
    serviceTokens: serviceTokens.map(({ name, credential }) => ({ name, generations: live(credential) })),
  };
}

function live({ current, previous }: Generations): readonly Generation[] {
  return previous ? [current, previous] : [current];
}

function selectorText(selector: Selector): string {
  return Object.entries(selector).flat().join(' ');
}
