import * as iam from '@pulumi/aws/iam/index.js';
import * as pulumi from '@pulumi/pulumi';
import { renderTrust } from '../policies/dialects/iam-trust.ts';
import { iamPath, iamRoleName } from '../policies/names.ts';
import type { RoleIdentity } from '../policies/role-trust.ts';
import type { RoleCredential } from '../policies/stack-outputs.ts';
import type { AccessArgs } from './access-args.ts';
import { giveGrant } from './grant-policies.ts';

export interface S3RoleArgs extends Pick<AccessArgs, 'grant' | 'endpoint'> {
  readonly role: RoleIdentity;
}

/**
 * One grant on AWS S3 without a key: a role that whoever it trusts takes for an hour at a time. There is nothing to rotate, and
 * nothing in the state that opens anything.
 */
export class S3Role extends pulumi.ComponentResource {
  readonly credential: pulumi.Output<RoleCredential>;

  constructor(name: string, { grant, endpoint, role }: S3RoleArgs, options?: pulumi.ComponentResourceOptions) {
    super('sluice:index:S3Role', name, {}, options);
    const roleName = iamRoleName({ stack: pulumi.getStack(), access: grant.access });
    const made = new iam.Role(
      name,
      {
        name: roleName,
        path: iamPath,
        assumeRolePolicy: JSON.stringify(renderTrust(role)),
        // A policy that somebody attached by hand must not keep the role alive.
        forceDetachPolicies: true,
      },
      { parent: this },
    );
    giveGrant(grant, { logicalName: name, name: roleName, identity: made }, this);
    const { bucket, prefix } = grant.location;
    this.credential = made.arn.apply((roleArn) => ({
      provider: 'aws' as const,
      ...endpoint,
      bucket,
      prefix,
      identity: role.identity,
      roleArn,
    }));
    this.registerOutputs({});
  }
}
