import { locationUrl } from '../base/location.ts';
import type { Ability } from './ability.ts';
import type { AccessPolicyConfiguration, Configuration, DomainConfiguration, Selector } from './configuration.ts';
import type { Excess } from './dialect.ts';
import { excessOf } from './dialects/index.ts';
import { type Generation, type Generations, type Slot, slotOf } from './generation.ts';
import type { AccessName, Grant } from './grant.ts';
import { sideGrant } from './migration-grants.ts';
import { sides } from './operation.ts';

/** Who can reach what: the stack's public output. Plain JSON, in configuration's order; it holds no secret. */
export interface AccessTable {
  readonly format: 1;
  readonly stack: string;
  readonly environment: string;
  readonly credentials: readonly AccessRow[];
  readonly domains: readonly DomainRow[];
}

/** One credential. */
export interface AccessRow {
  readonly access: AccessName;
  readonly provider: Grant['location']['provider'];
  /** `r2://media/uploads/`. */
  readonly where: string;
  readonly abilities: readonly Ability[];
  /** The current one first; two while a rotation is under way. */
  readonly generations: readonly (Generation & { readonly slot: Slot })[];
  /** Of the current generation. */
  readonly expiresOn?: string;
  /** Why it has no `expiresOn`. */
  readonly neverExpires?: string;
  readonly excess: readonly Excess[];
}

/** One protected hostname and its audience. */
export interface DomainRow {
  readonly hostname: string;
  /** `r2://media/`. */
  readonly bucket: string;
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
  return {
    format: 1,
    stack,
    environment,
    credentials: migrations.flatMap((migration) =>
      sides.flatMap((side) => {
        const grant = sideGrant(migration, side);
        const { credential } = migration[side];
        return grant && credential ? [accessRow(grant, credential)] : [];
      }),
    ),
    domains: domains.map((domain) => domainRow(domain, configuration)),
  };
}

function accessRow(grant: Grant, credential: Generations): AccessRow {
  const { expiresOn } = credential.current;
  const { neverExpires } = credential;
  return {
    access: grant.access,
    provider: grant.location.provider,
    where: locationUrl(grant.location),
    abilities: grant.abilities,
    generations: live(credential).map((generation) => ({ ...generation, slot: slotOf(generation.generation) })),
    ...(expiresOn === undefined ? {} : { expiresOn }),
    ...(neverExpires === undefined ? {} : { neverExpires }),
    excess: excessOf(grant),
  };
}

function domainRow(
  { hostname, bucket, policies, serviceTokens }: DomainConfiguration,
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
