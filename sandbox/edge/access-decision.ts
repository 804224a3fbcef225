import type { Decision } from '../../policies/decision.ts';
import type { AccessRule } from '../cloudflare/access-rules.ts';
import type { AccessPolicyFields } from '../cloudflare/state.ts';
import { addressIn } from '../cloudflare/token-permissions.ts';

/** What an Access application's policies say of one request. */
export type AccessVerdict =
  | { readonly outcome: 'served'; readonly because: string }
  /** Sent to log in: some policy lets people in. */
  | { readonly outcome: 'login'; readonly because: string }
  | {
      readonly outcome: 'refused';
      readonly status: 401 | 403;
      readonly verdict: Exclude<Decision['verdict'], 'allowed'>;
      readonly because: string;
    };

export type AccessPolicyOnPaper = Pick<AccessPolicyFields, 'name' | 'decision' | 'include' | 'exclude' | 'require'>;

export interface PresentedCredentials {
  /** `invalid`: headers came, but no live token has that id and secret. */
  readonly serviceToken: 'none' | 'invalid' | { readonly id: string };
  readonly address: string | undefined;
}

export interface AccessModes {
  /** The organization's strict service token authentication. */
  readonly strict: boolean;
  /** The application answers 401 instead of 403 where only service tokens get in. */
  readonly serviceAuth401: boolean;
}

/**
 * Decides, with `policies` in order of precedence (Cloudflare docs: "Access policies", "Service tokens"). The first row that applies:
 *
 * | request                                        | verdict                                                |
 * | ---------------------------------------------- | ------------------------------------------------------ |
 * | matches a Bypass or Service Auth policy        | served; these are evaluated before all others          |
 * | strict mode, invalid service token             | 401                                                    |
 * | strict mode, valid service token               | 403: Allow policies do not count                       |
 * | matches a Block policy above every Allow policy | 403, where no login could change that                 |
 * | some policy is Allow                           | login: a service token does not satisfy Allow          |
 * | otherwise                                      | 403, or 401 where the application says so              |
 */
export function decideAccess(
  policies: readonly AccessPolicyOnPaper[],
  presented: PresentedCredentials,
  { strict, serviceAuth401 }: AccessModes,
): AccessVerdict {
  const withoutLogin = policies.find(
    (policy) => (policy.decision === 'bypass' || policy.decision === 'non_identity') && matches(policy, presented),
  );
  if (withoutLogin) return { outcome: 'served', because: `policy "${withoutLogin.name}" (${withoutLogin.decision})` };
  if (strict && presented.serviceToken === 'invalid') return refused(401, 'the service token is not valid');
  if (strict && presented.serviceToken !== 'none') {
    return refused(403, 'no Service Auth policy includes the service token');
  }
  const firstAllow = policies.findIndex(({ decision }) => decision === 'allow');
  const allow = policies[firstAllow];
  const beforeAllow = allow === undefined ? policies : policies.slice(0, firstAllow);
  const block = beforeAllow.find(
    (policy) => policy.decision === 'deny' && !policy.exclude.some(needsIdentity) && matches(policy, presented),
  );
  if (block) return { ...refused(403, `policy "${block.name}" (deny)`), verdict: 'explicitly-denied' };
  const token = presented.serviceToken === 'invalid' ? '; the service token is not valid' : '';
  if (allow) return { outcome: 'login', because: `policy "${allow.name}" (allow) asks for a login${token}` };
  return refused(serviceAuth401 ? 401 : 403, `no policy lets the request in${token}`);
}

function refused(status: 401 | 403, because: string): AccessVerdict & { readonly outcome: 'refused' } {
  return { outcome: 'refused', status, verdict: 'implicitly-denied', because };
}

/** Include: one of them. Require: all of them. Exclude: none of them. */
function matches({ include, require, exclude }: AccessPolicyOnPaper, presented: PresentedCredentials): boolean {
  const holds = (rule: AccessRule): boolean => ruleHolds(rule, presented);
  return include.some(holds) && require.every(holds) && !exclude.some(holds);
}

/** Nobody has logged in and loopback lies in no country, so rules about identity, device or place do not hold. */
function ruleHolds(rule: AccessRule, { serviceToken, address }: PresentedCredentials): boolean {
  if ('everyone' in rule) return true;
  if ('ip' in rule) return address !== undefined && addressIn(address, [rule.ip.ip]);
  if (typeof serviceToken === 'string') return false;
  return (
    'any_valid_service_token' in rule || ('service_token' in rule && rule.service_token.token_id === serviceToken.id)
  );
}

function needsIdentity(rule: AccessRule): boolean {
  return !['everyone', 'ip', 'ip_list', 'geo', 'service_token', 'any_valid_service_token'].some(
    (selector) => selector in rule,
  );
}
