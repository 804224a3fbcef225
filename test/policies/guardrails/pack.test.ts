import * as policyPackage from '@pulumi/policy';
import type { ReportViolation, ResourceValidationArgs } from '@pulumi/policy';
import { policiesOf } from '../../../policies/guardrails/pack.ts';
import { rules } from '../../../policies/guardrails/rules/index.ts';
import { now } from './fixtures/resources.ts';

/** What the engine's calls go through; exported for tests, and left out of the types. */
const { unknownCheckingProxy } = policyPackage as unknown as { unknownCheckingProxy: (properties: object) => unknown };

/** How the engine writes a text that is not known yet (@pulumi/policy, proxy.ts). */
const unknownText = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

interface Reported {
  readonly message: string;
  readonly urn: string;
  readonly enforcementLevel?: string;
}

interface Asked {
  readonly type: string;
  readonly name?: string;
  readonly props: Record<string, unknown>;
}

/** Runs the whole pack on resources in the order of their registration, as the engine does. */
function reportsOn(resources: readonly Asked[], config: Record<string, object> = {}): Reported[] {
  const reported: Reported[] = [];
  const report: unknown = (violation: Reported) => reported.push(violation);
  const policies = policiesOf(rules, undefined, now);
  for (const { type, name = 'it', props } of resources) {
    for (const policy of policies) {
      if (!('validateResource' in policy) || typeof policy.validateResource !== 'function') continue;
      const args: unknown = {
        type,
        name,
        urn: `urn:${type}::${name}`,
        props: unknownCheckingProxy(props),
        getConfig: () => config[policy.name] ?? {},
      };
      void policy.validateResource(args as ResourceValidationArgs, report as ReportViolation);
    }
  }
  return reported;
}

const tokenType = 'cloudflare:index/accountToken:AccountToken';
const userPolicyType = 'aws:iam/userPolicy:UserPolicy';

describe('a finding', () => {
  test('says what, why and how to fix, beside the resource', () => {
    expect(reportsOn([{ type: tokenType, props: {} }])).toEqual([
      {
        urn: `urn:${tokenType}::it`,
        message: expect.stringMatching(/^the token never expires\.\nWhy: .+\nFix: set expiresOn/) as string,
      },
    ]);
  });

  test('never holds a property that may be secret', () => {
    const secret = 'hunter2';
    const reports = reportsOn([
      { type: userPolicyType, props: { policy: secret, user: 'root' } },
      { type: tokenType, props: { policies: [{ resources: secret, permissionGroups: [{ id: secret }] }] } },
      { type: 'pulumi:providers:cloudflare', props: { apiKey: secret } },
    ]);
    expect(reports.length).toBeGreaterThan(3);
    expect(JSON.stringify(reports)).not.toContain(secret);
  });
});

describe('a value that a preview does not know yet', () => {
  const unknownPolicy = { type: userPolicyType, props: { user: 'media', policy: unknownText } };

  test('is said to be not known yet, by every rule that needs it, without failing the preview', () => {
    const reports = reportsOn([unknownPolicy]);
    expect(reports.length).toBeGreaterThan(1);
    for (const { message, enforcementLevel } of reports) {
      expect(message).toMatch(/^not known yet: policy\. The deployment checks it/);
      expect(enforcementLevel).toBe('advisory');
    }
  });

  test('does not hide what was found before it', () => {
    const admin = 'bf7481a1826f439697cb59a20b22293e';
    const props = {
      expiresOn: '2027-01-01T00:00:00Z',
      policies: [
        { effect: 'allow', permissionGroups: [{ id: admin }], resources: '{}' },
        { effect: 'allow', permissionGroups: [{ id: unknownText }], resources: '{}' },
      ],
    };
    const reports = reportsOn([{ type: tokenType, props }]).filter(({ message }) => !message.startsWith('not known'));
    expect(reports.map(({ enforcementLevel }) => enforcementLevel)).toEqual([undefined]);
  });

  test('is no reason to let a hostname through', () => {
    const reports = reportsOn([
      {
        type: 'cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication',
        props: { domain: unknownText },
      },
      { type: 'cloudflare:index/r2CustomDomain:R2CustomDomain', props: { domain: 'files.example.com', enabled: true } },
    ]);
    expect(reports.map(({ message }) => message)).toEqual([expect.stringMatching(/^not known yet: it\.domain/)]);
  });
});

describe('an exception', () => {
  const config = { 'token-expiry': { exceptions: [{ resource: 'nas', because: 'a NAS that nobody can reach' }] } };

  test('makes a finding on that resource advisory, with its reason', () => {
    expect(reportsOn([{ type: tokenType, name: 'nas', props: {} }], config)).toMatchObject([
      { message: 'the token never expires. Excepted: a NAS that nobody can reach', enforcementLevel: 'advisory' },
    ]);
  });

  test('does nothing for another resource', () => {
    const [report] = reportsOn([{ type: tokenType, name: 'other', props: {} }], config);
    expect(report?.enforcementLevel).toBeUndefined();
  });

  test('without a reason is refused', () => {
    const empty = { 'token-expiry': { exceptions: [{ resource: 'nas', because: '' }] } };
    expect(() => reportsOn([{ type: tokenType, props: {} }], empty)).toThrow(/because/);
  });
});

test('every rule is mandatory, but for advice on keys beside roles', () => {
  const advisory = rules.filter(({ level }) => level !== 'mandatory').map(({ name }) => name);
  expect(advisory).toEqual(['key-beside-role']);
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
});
