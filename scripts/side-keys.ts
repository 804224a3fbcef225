import type { AccessKeys } from '../engine/place.ts';
import type { MigrationConfiguration } from '../policies/configuration.ts';
import { sideGrant } from '../policies/migration-grants.ts';
import type { Side } from '../policies/operation.ts';
import type { CredentialsOutput } from '../policies/stack-outputs.ts';
import { keysOf, notDeployed } from './administrators.ts';
import { type DeployedRole, takeRole } from './role-session.ts';
import { pulumiWorkspace, readCredentials, type Stack } from './stack.ts';

/** One side of a migration, and the credentials of the stack that it belongs to. */
export interface StackSide {
  readonly stack: Stack;
  readonly credentials: CredentialsOutput;
  readonly migration: MigrationConfiguration;
  readonly side: Side;
}

/**
 * The keys that a side's requests are signed with: its current generation's, or those of a new session of its role.
 * Throws `UserError` where the stack has no credential for it, or its role does not trust whoever runs this.
 */
export async function sideKeys(of: StackSide): Promise<AccessKeys> {
  const { stack, credentials, migration } = of;
  const role = deployedRole(of);
  if (role) return takeRole(stack, role);
  const side = holdingSide(of);
  const credential = credentials.migrations[migration.name]?.[side]?.current;
  if (credential === undefined) throw notDeployedSide(of);
  return keysOf(credential);
}

/** As `sideKeys`, with what is deployed by now: for when the provider no longer takes the keys that were in use. */
export async function renewedSideKeys(of: StackSide): Promise<AccessKeys> {
  if (deployedRole(of)) return sideKeys(of);
  const credentials = await readCredentials(of.stack, await pulumiWorkspace(of.stack));
  return sideKeys({ ...of, credentials });
}

/** The role of a side; undefined where it has keys. Throws `UserError` where it is not deployed. */
export function deployedRole(of: StackSide): DeployedRole | undefined {
  const side = holdingSide(of);
  const identity = of.migration[side].role;
  if (identity === undefined) return undefined;
  const grant = sideGrant(of.migration, side);
  const roleArn = grant && of.credentials.roles?.[grant.access]?.roleArn;
  if (grant === undefined || roleArn === undefined) throw notDeployedSide(of);
  return { grant, identity, roleArn };
}

/** One credential holds both sides of a server-side copy: the destination's. */
function holdingSide({ migration, side }: StackSide): Side {
  return migration.options.serverSide ? 'destination' : side;
}

function notDeployedSide({ stack, migration, side }: StackSide): Error {
  const { location } = migration[side];
  if (location.provider === 'file') return new Error(`${migration.name}/${side} is in no bucket`);
  return notDeployed(location, stack);
}
