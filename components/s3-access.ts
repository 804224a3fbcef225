import * as iam from '@pulumi/aws/iam/index.js';
import * as pulumi from '@pulumi/pulumi';
import { type Generation, slotOf } from '../policies/generation.ts';
import { iamPath, iamUserName } from '../policies/names.ts';
import type { Credential, SideCredentials } from '../policies/stack-outputs.ts';
import type { AccessArgs } from './access-args.ts';
import { collectGenerations, type CredentialOutput } from './credential-output.ts';
import { giveGrant } from './grant-policies.ts';

/**
 * One grant on AWS S3: an IAM user per slot that holds the grant, and an access key per generation.
 * A user per slot keeps each at one key (AWS allows two, inactive ones count), so a rotation never needs a third.
 */
export class S3Access extends pulumi.ComponentResource {
  readonly credentials: pulumi.Output<SideCredentials>;

  constructor(name: string, args: AccessArgs, options?: pulumi.ComponentResourceOptions) {
    super('sluice:index:S3Access', name, {}, options);
    this.credentials = collectGenerations(args.generations, (generation) => this.issue(name, args, generation));
    this.registerOutputs({});
  }

  private issue(name: string, { grant, endpoint }: AccessArgs, generation: Generation): CredentialOutput<Credential> {
    const slot = slotOf(generation.generation);
    const logicalName = `${name}-${slot}`;
    const userName = iamUserName({ stack: pulumi.getStack(), access: grant.access, slot });
    const user = new iam.User(
      logicalName,
      {
        name: userName,
        path: iamPath,
        // A key that somebody added by hand must not outlive the grant.
        forceDestroy: true,
      },
      { parent: this },
    );
    const policies = giveGrant(grant, { logicalName, name: userName, identity: user }, this);
    const key = new iam.AccessKey(
      logicalName,
      { user: user.name },
      // dependsOn: no key lives a moment without its policies. The trigger is what rotates: a slot is used again two
      // generations later, and nothing else about its key changes then.
      { parent: this, dependsOn: policies, replacementTrigger: generation.generation },
    );
    return pulumi.all([key.id, key.secret]).apply(([accessKeyId, secretAccessKey]) => ({
      provider: 'aws' as const,
      ...endpoint,
      bucket: grant.location.bucket,
      prefix: grant.location.prefix,
      accessKeyId,
      secretAccessKey,
      slot,
      ...generation,
    }));
  }
}
