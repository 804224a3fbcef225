import { AccountToken } from '@pulumi/cloudflare/accountToken.js';
import * as pulumi from '@pulumi/pulumi';
import { r2TokenDialect } from '../policies/dialects/r2-token.ts';
import { type Generation, slotOf } from '../policies/generation.ts';
import { r2TokenName } from '../policies/names.ts';
import { r2KeysOfToken } from '../policies/r2-keys.ts';
import type { Credential, SideCredentials } from '../policies/stack-outputs.ts';
import type { AccessArgs } from './access-args.ts';
import { collectGenerations, type CredentialOutput } from './credential-output.ts';

/**
 * One grant on R2: an account token per slot, bound to the bucket, with an expiry, and the S3 keys that derive from it.
 * The token is never rolled: a roll kills the old secret at once, while a second slot lets both live.
 */
export class R2Access extends pulumi.ComponentResource {
  readonly credentials: pulumi.Output<SideCredentials>;

  constructor(name: string, args: AccessArgs, options?: pulumi.ComponentResourceOptions) {
    super('sluice:index:R2Access', name, {}, options);
    this.credentials = collectGenerations(args.generations, (generation) => this.issue(name, args, generation));
    this.registerOutputs({});
  }

  private issue(name: string, { grant, endpoint }: AccessArgs, generation: Generation): CredentialOutput<Credential> {
    if (grant.location.provider !== 'r2') throw new Error(`${grant.access} is not on R2`);
    const slot = slotOf(generation.generation);
    const token = new AccountToken(
      `${name}-${slot}`,
      {
        accountId: grant.location.accountId,
        name: r2TokenName({ stack: pulumi.getStack(), access: grant.access, slot }),
        policies: r2TokenDialect.render(grant).map((policy) => ({
          effect: policy.effect,
          permissionGroups: policy.permissionGroups.map(({ id }) => ({ id })),
          resources: JSON.stringify(policy.resources),
        })),
        ...(generation.expiresOn === undefined ? {} : { expiresOn: `${generation.expiresOn}T00:00:00Z` }),
      },
      // Nothing else replaces a token: a changed name is an update that keeps the secret.
      { parent: this, replacementTrigger: generation.generation },
    );
    return pulumi.all([token.id, token.value]).apply(([tokenId, value]) => ({
      provider: 'r2' as const,
      ...endpoint,
      bucket: grant.location.bucket,
      prefix: grant.location.prefix,
      ...r2KeysOfToken(tokenId, value),
      slot,
      ...generation,
    }));
  }
}
