import type { Rule } from '../rule.ts';
import { domainAfterAccess } from './domain-after-access.ts';
import { domainBehindAccess } from './domain-behind-access.ts';
import { environmentBoundary } from './environment-boundary.ts';
import { keyBesideRole } from './key-beside-role.ts';
import { masterIdentity } from './master-identity.ts';
import { objectPrefix } from './object-prefix.ts';
import { permissionManagement } from './permission-management.ts';
import { publicAccessBlock } from './public-access-block.ts';
import { publicR2Address } from './public-r2-address.ts';
import { r2AdminPermissions } from './r2-admin-permissions.ts';
import { r2NamedBuckets } from './r2-named-buckets.ts';
import { tokenExpiry } from './token-expiry.ts';
import { unreadablePolicy } from './unreadable-policy.ts';
import { vendorPolicy } from './vendor-policy.ts';
import { wildcardAccess } from './wildcard-access.ts';

/** Every guardrail, in the order of docs/guardrails.md. */
export const rules: readonly Rule[] = [
  unreadablePolicy,
  wildcardAccess,
  permissionManagement,
  vendorPolicy,
  objectPrefix,
  masterIdentity,
  keyBesideRole,
  publicAccessBlock,
  r2AdminPermissions,
  r2NamedBuckets,
  tokenExpiry,
  publicR2Address,
  domainBehindAccess,
  domainAfterAccess,
  environmentBoundary,
];
