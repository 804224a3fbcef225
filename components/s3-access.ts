import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { iamDialect } from '../policies/dialects/iam.ts';
import { type Generation, slotOf } from '../policies/generation.ts';
import { iamPath, iamPolicyName, iamUserName } from '../policies/names.ts';
import type { Credential, SideCredentials } from '../policies/stack-outputs.ts';
import type { AccessArgs } from './access-args.ts';
import { collectGenerations, type CredentialOutput } from './credential-output.ts';

/**
 * One grant on AWS S3: an IAM user per slot with the grant's policy inline, and an access key per generation.
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
    const user = new aws.iam.User(
      logicalName,
      {
        name: iamUserName({ stack: pulumi.getStack(), access: grant.access, slot }),
        path: iamPath,
        // A key that somebody added by hand must not outlive the grant.
        forceDestroy: true,
      },
      { parent: this },
    );
    const policy = new aws.iam.UserPolicy(
      logicalName,
      { name: iamPolicyName, user: user.name, policy: JSON.stringify(iamDialect.render(grant)) },
      { parent: this },
    );
    const key = new aws.iam.AccessKey(
      logicalName,
      { user: user.name },
      // dependsOn: no key lives a moment without its policy. The trigger is what rotates: a slot is used again two
      // generations later, and nothing else about its key changes then.
      { parent: this, dependsOn: [policy], replacementTrigger: generation.generation },
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
