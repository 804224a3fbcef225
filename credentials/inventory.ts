import { z } from 'zod';
import type { Configuration } from '../policies/configuration.ts';
import type { Generation, Generations } from '../policies/generation.ts';
import { sides } from '../policies/operation.ts';
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

/** What is deployed of each credential, by its name (`media/source`, `files.example.test/reader`). */
export type DeployedGenerations = ReadonlyMap<string, Generations>;

/** Every credential that `configuration` declares, in its order; `deployed` is empty before the first deploy. */
export function inventory(configuration: Configuration, deployed: DeployedGenerations): InventoryEntry[] {
  return [...migrationCredentials(configuration), ...serviceTokens(configuration)].map((entry) => ({
    ...entry,
    deployed: deployed.get(entry.name),
  }));
}

/** Throws the first credential's `UserError` that `checkDeployable` has; `sluice up` asks before the engine starts. */
export function checkStackDeployable(configuration: Configuration, deployed: DeployedGenerations): void {
  for (const { configured, deployed: living, where } of inventory(configuration, deployed)) {
    checkDeployable(configured, living, where);
  }
}

type Declared = Omit<InventoryEntry, 'deployed'>;

function migrationCredentials({ migrations }: Configuration): Declared[] {
  return migrations.flatMap((migration, index) =>
    sides.flatMap((side) => {
      const configured = migration[side].credential;
      if (configured === undefined) return [];
      const where = `migrations[${index}].${side}.credential`;
      return [{ name: `${migration.name}/${side}`, where, configured }];
    }),
  );
}

function serviceTokens({ domains }: Configuration): Declared[] {
  return domains.flatMap((domain, domainIndex) =>
    domain.serviceTokens.map((token, index) => ({
      name: `${domain.hostname}/${token.name}`,
      where: `domains[${domainIndex}].serviceTokens[${index}].credential`,
      configured: token.credential,
    })),
  );
}

const generationSchema = z.object({
  generation: z.int().positive(),
  issuedOn: z.string(),
  expiresOn: z.string().optional(),
});

const livingSchema = z.array(generationSchema).min(1).max(2);

/** The part of the public `access` output (`AccessTable`) that tells which generations live; the rest is left alone. */
const deployedAccessSchema = z.object({
  credentials: z.array(
    z.union([
      z.object({ access: z.string(), generations: livingSchema }),
      /** A role has no generations. */
      z.object({ access: z.string(), role: z.object({}), generations: z.tuple([]) }),
    ]),
  ),
  domains: z.array(
    z.object({
      hostname: z.string(),
      serviceTokens: z.array(z.object({ name: z.string(), generations: livingSchema })),
    }),
  ),
});

/**
 * Which generations live, out of a stack's public `access` output; nothing secret is read for it. `undefined`, the output of a
 * stack that is not deployed, is an empty map. Throws zod's error for anything else that is no access table.
 */
export function deployedGenerations(access: unknown): DeployedGenerations {
  if (access === undefined) return new Map();
  const { credentials, domains } = deployedAccessSchema.parse(access);
  return new Map([
    ...credentials.flatMap((row) => ('role' in row ? [] : [[row.access, generationsOf(row.generations)] as const])),
    ...domains.flatMap(({ hostname, serviceTokens: tokens }) =>
      tokens.map(({ name, generations }) => [`${hostname}/${name}`, generationsOf(generations)] as const),
    ),
  ]);
}

function generationsOf([current, previous]: z.infer<typeof livingSchema>): Generations {
  if (current === undefined) throw new Error('a credential that is deployed has a generation');
  return { current: generationOf(current), ...(previous === undefined ? {} : { previous: generationOf(previous) }) };
}

function generationOf({ generation, issuedOn, expiresOn }: z.infer<typeof generationSchema>): Generation {
  return { generation, issuedOn, ...(expiresOn === undefined ? {} : { expiresOn }) };
}
