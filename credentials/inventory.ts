import type { Configuration } from '../policies/configuration.ts';
import type { Generation, Generations } from '../policies/generation.ts';
import { sides } from '../policies/operation.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import { checkDeployable } from './deployable.ts';

/** One credential of a stack: what the configuration says of it and what is deployed. */
export interface InventoryEntry {
  /** For people and commands: `media/source`, `files.example.test/reader`. */
  readonly name: string;
  /** Its path in the configuration: `migrations[0].source.credential`. */
  readonly where: string;
  readonly configured: Generations;
  readonly deployed: Generations | undefined;
}

/** Every credential that `configuration` declares, in its order; `output` is the stack's `credentials` output, absent before the first deploy. */
export function inventory(configuration: Configuration, output: CredentialsOutput | undefined): InventoryEntry[] {
  return [...migrationCredentials(configuration, output), ...serviceTokens(configuration, output)];
}

/** Throws the first credential's `UserError` that `checkDeployable` has; `sluice up` asks before the engine starts. */
export function checkStackDeployable(configuration: Configuration, output: CredentialsOutput | undefined): void {
  for (const { configured, deployed, where } of inventory(configuration, output)) {
    checkDeployable(configured, deployed, where);
  }
}

function migrationCredentials({ migrations }: Configuration, output: CredentialsOutput | undefined): InventoryEntry[] {
  return migrations.flatMap((migration, index) =>
    sides.flatMap((side) => {
      const configured = migration[side].credential;
      if (configured === undefined) return [];
      return {
        name: `${migration.name}/${side}`,
        where: `migrations[${index}].${side}.credential`,
        configured,
        deployed: generationsOf(output?.migrations[migration.name]?.[side]),
      };
    }),
  );
}

function serviceTokens({ domains }: Configuration, output: CredentialsOutput | undefined): InventoryEntry[] {
  return domains.flatMap((domain, domainIndex) =>
    domain.serviceTokens.map((token, index) => ({
      name: `${domain.hostname}/${token.name}`,
      where: `domains[${domainIndex}].serviceTokens[${index}].credential`,
      configured: token.credential,
      deployed: generationsOf(output?.domains[domain.hostname]?.serviceTokens[token.name]),
    })),
  );
}

interface Issued {
  readonly generation: number;
  readonly issuedOn: string;
  readonly expiresOn?: string | undefined;
}

/** Drops everything but the generations, secrets above all. */
function generationsOf(
  credentials: { readonly current: Issued; readonly previous?: Issued | undefined } | undefined,
): Generations | undefined {
  if (credentials === undefined) return undefined;
  const { current, previous } = credentials;
  return {
    current: generationOf(current),
    ...(previous === undefined ? {} : { previous: generationOf(previous) }),
  };
}

function generationOf({ generation, issuedOn, expiresOn }: Issued): Generation {
  return { generation, issuedOn, ...(expiresOn === undefined ? {} : { expiresOn }) };
}
