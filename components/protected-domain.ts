import { R2CustomDomain } from '@pulumi/cloudflare/r2customDomain.js';
import { R2ManagedDomain } from '@pulumi/cloudflare/r2managedDomain.js';
import { ZeroTrustAccessApplication } from '@pulumi/cloudflare/zeroTrustAccessApplication.js';
import { ZeroTrustAccessPolicy } from '@pulumi/cloudflare/zeroTrustAccessPolicy.js';
import { ZeroTrustAccessServiceToken } from '@pulumi/cloudflare/zeroTrustAccessServiceToken.js';
import * as pulumi from '@pulumi/pulumi';
import type { AccessPolicyConfiguration, DomainConfiguration } from '../policies/configuration.ts';
import { type Generations, slotOf } from '../policies/generation.ts';
import { accessApplicationName, accessPolicyName, serviceTokenName } from '../policies/names.ts';
import type { CredentialsOutput, ServiceTokenCredential } from '../policies/stack-outputs.ts';
import { collectGenerations } from './credential-output.ts';

export interface ProtectedDomainArgs {
  readonly domain: DomainConfiguration;
  /** Cloudflare account of the bucket, the zone and the Access application. */
  readonly accountId: string;
  /** What must exist before the bucket can be served: the bucket, where this stack makes it. */
  readonly after?: readonly pulumi.Resource[];
}

interface IssuedToken {
  readonly name: string;
  readonly credential: Generations;
  readonly resource: ZeroTrustAccessServiceToken;
}

type ServiceTokens = CredentialsOutput['domains'][string]['serviceTokens'];

/** Access calls a policy that admits machines `non_identity`; the dashboard, and we, say service auth. */
const decisions = { allow: 'allow', deny: 'deny', 'service-auth': 'non_identity' } as const;

/**
 * A bucket on a hostname that only Cloudflare Access lets people through to.
 *
 * A custom domain is public from the moment it is attached, and r2.dev bypasses Access. So the order is the point:
 * the application and its policies exist before the domain and outlive it, through every create, change and destroy.
 * Logical names are the hostname: a new hostname is a new application and a new domain beside the old pair, and the
 * engine deletes the old ones last, the domain before the application that it depends on.
 */
export class ProtectedDomain extends pulumi.ComponentResource {
  /** Secret. By service token's name. */
  readonly serviceTokens: pulumi.Output<ServiceTokens>;

  constructor(name: string, args: ProtectedDomainArgs, options?: pulumi.ComponentResourceOptions) {
    super('sluice:index:ProtectedDomain', name, {}, options);
    const { domain, accountId, after = [] } = args;
    const inBucket = { accountId, bucketName: domain.bucket.name, jurisdiction: domain.bucket.jurisdiction };

    const tokens: readonly IssuedToken[] = domain.serviceTokens.map(({ name: tokenName, credential }) => ({
      name: tokenName,
      credential,
      resource: this.serviceToken(domain, accountId, tokenName, credential),
    }));
    const tokenIds = new Map(tokens.map((token) => [token.name, token.resource.id]));
    const policies = domain.policies.map((policy) => this.policy(domain, accountId, policy, tokenIds));

    const application = new ZeroTrustAccessApplication(
      domain.hostname,
      {
        accountId,
        type: 'self_hosted',
        name: accessApplicationName({ stack: pulumi.getStack(), hostname: domain.hostname }),
        destinations: [{ type: 'public', uri: domain.hostname }],
        sessionDuration: domain.sessionDuration,
        appLauncherVisible: false,
        policies: policies.map((policy, index) => ({ id: policy.id, precedence: index + 1 })),
      },
      // An application that moved in place to another hostname would leave the old one open until its domain is gone.
      { parent: this, replaceOnChanges: ['domain', 'destinations'] },
    );
    const noPublicAddress = new R2ManagedDomain(
      domain.hostname,
      { ...inBucket, enabled: false },
      { parent: this, dependsOn: [...after] },
    );
    new R2CustomDomain(
      domain.hostname,
      { ...inBucket, domain: domain.hostname, zoneId: domain.zone.id, enabled: true, minTls: domain.minimumTls },
      // A hostname that moves to another bucket has to leave the first: the second attach is refused otherwise.
      { parent: this, dependsOn: [application, noPublicAddress, ...after], deleteBeforeReplace: true },
    );

    this.serviceTokens = pulumi.secret(
      pulumi
        .all(tokens.map((token) => this.issued(domain, token)))
        .apply((issued) => Object.fromEntries(tokens.map(({ name: tokenName }, index) => [tokenName, issued[index]]))),
    ) as pulumi.Output<ServiceTokens>;
    this.registerOutputs({});
  }

  private policy(
    domain: DomainConfiguration,
    accountId: string,
    policy: AccessPolicyConfiguration,
    tokenIds: ReadonlyMap<string, pulumi.Output<string>>,
  ): ZeroTrustAccessPolicy {
    const rules = (selectors: AccessPolicyConfiguration['include']) =>
      selectors.map((selector) => {
        if ('email' in selector) return { email: { email: selector.email } };
        if ('emailDomain' in selector) return { emailDomain: { domain: selector.emailDomain } };
        const tokenId = tokenIds.get(selector.serviceToken);
        if (tokenId === undefined)
          throw new Error(`${selector.serviceToken} is no service token of ${domain.hostname}`);
        return { serviceToken: { tokenId } };
      });
    return new ZeroTrustAccessPolicy(
      `${domain.hostname}-${policy.name}`,
      {
        accountId,
        name: accessPolicyName({ stack: pulumi.getStack(), hostname: domain.hostname, policy: policy.name }),
        decision: decisions[policy.decision],
        includes: rules(policy.include),
        ...(policy.require.length > 0 && { requires: rules(policy.require) }),
        ...(policy.exclude.length > 0 && { excludes: rules(policy.exclude) }),
        sessionDuration: domain.sessionDuration,
      },
      { parent: this },
    );
  }

  /**
   * Both living secrets of a token. The provider knows the newest only, so each generation's secret is stashed when it is
   * made: a stash keeps its first value while its input moves on, until its generation's slot is used again.
   */
  private issued(
    { hostname }: DomainConfiguration,
    { name, credential, resource }: IssuedToken,
  ): pulumi.Output<{ current: ServiceTokenCredential; previous?: ServiceTokenCredential }> {
    return collectGenerations(credential, (generation) => {
      const kept = new pulumi.Stash(
        `${hostname}-${name}-${slotOf(generation.generation)}`,
        { input: pulumi.secret(resource.clientSecret) },
        { parent: this, replacementTrigger: generation.generation },
      );
      return pulumi
        .all([resource.clientId, kept.output as pulumi.Output<string>])
        .apply(([clientId, clientSecret]) => ({ hostname, clientId, clientSecret, ...generation }));
    });
  }

  private serviceToken(
    domain: DomainConfiguration,
    accountId: string,
    tokenName: string,
    credential: Generations,
  ): ZeroTrustAccessServiceToken {
    return new ZeroTrustAccessServiceToken(
      `${domain.hostname}-${tokenName}`,
      {
        accountId,
        name: serviceTokenName({ stack: pulumi.getStack(), hostname: domain.hostname, token: tokenName }),
        ...lifetime(credential),
        ...secretVersion(credential),
      },
      { parent: this },
    );
  }
}

/**
 * How long the token lives; without an end, Access keeps it until it is deleted. Access counts from the day the duration
 * last changed, so every other generation adds an hour: otherwise a token would die with its first generation's date,
 * however often its secret was rotated since.
 */
function lifetime({ current }: Generations): { duration: string } {
  if (current.expiresOn === undefined) return { duration: 'forever' };
  const hours = (Date.parse(current.expiresOn) - Date.parse(current.issuedOn)) / 3_600_000;
  return { duration: `${slotOf(current.generation) === 'a' ? hours : hours + 1}h` };
}

/**
 * A service token rotates in place: a raised version makes a new secret, and the old one works until the given moment.
 * Both inputs or neither. Without a previous generation that moment lies in the past: the day the current was issued.
 */
function secretVersion({ current, previous }: Generations): {
  clientSecretVersion?: number;
  previousClientSecretExpiresAt?: string;
} {
  if (current.generation === 1) return {};
  const endOfGrace = previous?.expiresOn ?? current.issuedOn;
  return { clientSecretVersion: current.generation, previousClientSecretExpiresAt: `${endOfGrace}T00:00:00Z` };
}
