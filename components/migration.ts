import * as pulumi from '@pulumi/pulumi';
import type { Configuration, MigrationConfiguration } from '../policies/configuration.ts';
import { sideGrant } from '../policies/migration-grants.ts';
import { type Side, sides } from '../policies/operation.ts';
import { storageEndpoint } from '../policies/public-endpoints.ts';
import type { RoleCredential, SideCredentials } from '../policies/stack-outputs.ts';
import { R2Access } from './r2-access.ts';
import { S3Access } from './s3-access.ts';
import { S3Role } from './s3-role.ts';

export interface MigrationArgs {
  readonly migration: MigrationConfiguration;
  readonly endpoints?: Configuration['endpoints'];
  /** What must exist before a role can trust GitHub: the provider of its tokens, where this stack makes it. */
  readonly githubProvider?: pulumi.Resource;
}

/** Everything one copy, sync or verify needs: a credential of its own for each side that is in a bucket. */
export class Migration extends pulumi.ComponentResource {
  /** Secret. A side on a local directory has none, nor has one with a role. */
  readonly credentials: {
    readonly source?: pulumi.Output<SideCredentials>;
    readonly destination?: pulumi.Output<SideCredentials>;
  };
  /** Of the sides with a role, by credential: `media/source`. */
  readonly roles: Readonly<Record<string, pulumi.Output<RoleCredential>>>;

  constructor(name: string, args: MigrationArgs, options?: pulumi.ComponentResourceOptions) {
    super('sluice:index:Migration', name, {}, options);
    const destination = this.access(name, args, 'destination');
    const source = args.migration.options.serverSide
      ? destination && onSource(destination, args)
      : this.access(name, args, 'source');
    this.credentials = { ...(source && { source }), ...(destination && { destination }) };
    this.roles = Object.fromEntries(sides.flatMap((side) => this.roleOf(name, args, side)));
    this.registerOutputs({});
  }

  private access(
    name: string,
    { migration, endpoints }: MigrationArgs,
    side: Side,
  ): pulumi.Output<SideCredentials> | undefined {
    const grant = sideGrant(migration, side);
    const generations = migration[side].credential;
    if (grant === undefined || generations === undefined) return undefined;
    const args = { grant, generations, endpoint: storageEndpoint(grant.location, endpoints) };
    const Access = grant.location.provider === 'aws' ? S3Access : R2Access;
    return new Access(`${name}-${side}`, args, { parent: this }).credentials;
  }

  private roleOf(
    name: string,
    { migration, endpoints, githubProvider }: MigrationArgs,
    side: Side,
  ): (readonly [string, pulumi.Output<RoleCredential>])[] {
    const grant = sideGrant(migration, side);
    const { role } = migration[side];
    if (grant === undefined || role === undefined) return [];
    const args = { grant, role, endpoint: storageEndpoint(grant.location, endpoints) };
    const dependsOn = githubProvider === undefined ? [] : [githubProvider];
    return [[grant.access, new S3Role(`${name}-${side}`, args, { parent: this, dependsOn }).credential]];
  }
}

/** The destination's credential as it reads the source of a server-side copy: the same keys, another place. */
function onSource(
  destination: pulumi.Output<SideCredentials>,
  { migration, endpoints }: MigrationArgs,
): pulumi.Output<SideCredentials> {
  const { location } = migration.source;
  if (location.provider !== 'aws') throw new Error(`${migration.name}: a server-side copy is on AWS`);
  const place = { ...storageEndpoint(location, endpoints), bucket: location.bucket, prefix: location.prefix };
  return destination.apply(({ current, previous }) => ({
    current: { ...current, ...place },
    ...(previous && { previous: { ...previous, ...place } }),
  }));
}
