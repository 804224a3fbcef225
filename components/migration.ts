import * as pulumi from '@pulumi/pulumi';
import type { Configuration, MigrationConfiguration } from '../policies/configuration.ts';
import { sideGrant } from '../policies/migration-grants.ts';
import type { Side } from '../policies/operation.ts';
import { storageEndpoint } from '../policies/public-endpoints.ts';
import type { SideCredentials } from '../policies/stack-outputs.ts';
import { R2Access } from './r2-access.ts';
import { S3Access } from './s3-access.ts';

export interface MigrationArgs {
  readonly migration: MigrationConfiguration;
  readonly endpoints?: Configuration['endpoints'];
}

/** Everything one copy, sync or verify needs: a credential of its own for each side that is in a bucket. */
export class Migration extends pulumi.ComponentResource {
  /** Secret. A side on a local directory has none. */
  readonly credentials: {
    readonly source?: pulumi.Output<SideCredentials>;
    readonly destination?: pulumi.Output<SideCredentials>;
  };

  constructor(name: string, args: MigrationArgs, options?: pulumi.ComponentResourceOptions) {
    super('sluice:index:Migration', name, {}, options);
    const source = this.access(name, args, 'source');
    const destination = this.access(name, args, 'destination');
    this.credentials = { ...(source && { source }), ...(destination && { destination }) };
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
}
