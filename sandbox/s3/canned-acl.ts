import type { CannedAcl } from '../store/disk-world.ts';
import { S3Error } from './s3-error.ts';
import { element, elementWith, field, type Xml } from './xml.ts';

/** The canned ACLs (S3 User Guide, "Access control list (ACL) overview"); explicit grants are not served. Pure. */
const ofObjects: readonly CannedAcl[] = [
  ...(['private', 'public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read'] as const),
  ...(['bucket-owner-read', 'bucket-owner-full-control'] as const),
];
const ofBuckets: readonly CannedAcl[] = [
  ...(['private', 'public-read', 'public-read-write', 'authenticated-read', 'log-delivery-write'] as const),
];

/** What `x-amz-acl` names; undefined without one. Throws `InvalidArgument`, and `NotImplemented` for explicit grants. */
export function cannedAcl(headers: Readonly<Record<string, string>>, on: 'object' | 'bucket'): CannedAcl | undefined {
  const grant = Object.keys(headers).find((name) => name.startsWith('x-amz-grant-'));
  if (grant !== undefined) throw new S3Error('NotImplemented', undefined, { Header: grant });
  const named = headers['x-amz-acl'];
  if (named === undefined) return undefined;
  const acl = (on === 'object' ? ofObjects : ofBuckets).find((each) => each === named);
  if (acl !== undefined) return acl;
  throw new S3Error('InvalidArgument', undefined, { ArgumentName: 'x-amz-acl', ArgumentValue: named });
}

/** Whether it grants to everyone, or to everyone with any account (S3 User Guide, "The meaning of 'public'"). */
export function isPublicAcl(acl: CannedAcl): boolean {
  return ['public-read', 'public-read-write', 'authenticated-read'].includes(acl);
}

/** Whether it lets everyone read: an object's bytes, a bucket's listing. */
export function grantsReadToAll(acl: CannedAcl): boolean {
  return acl === 'public-read' || acl === 'public-read-write';
}

const groups = {
  all: 'http://acs.amazonaws.com/groups/global/AllUsers',
  authenticated: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  logDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
};

/** What each adds to the owner's FULL_CONTROL. The bucket's owner owns the objects too, and EC2 is no part of the sandbox. */
const grants: Readonly<Partial<Record<CannedAcl, readonly (readonly [uri: string, permission: string])[]>>> = {
  'public-read': [[groups.all, 'READ']],
  'public-read-write': [
    [groups.all, 'READ'],
    [groups.all, 'WRITE'],
  ],
  'authenticated-read': [[groups.authenticated, 'READ']],
  'log-delivery-write': [
    [groups.logDelivery, 'WRITE'],
    [groups.logDelivery, 'READ_ACP'],
  ],
};

/** The content of an `AccessControlPolicy`. */
export function aclElements(acl: CannedAcl, ownerId: string): Xml[] {
  const owner = grant('CanonicalUser', field('ID', ownerId), 'FULL_CONTROL');
  const others = (grants[acl] ?? []).map(([uri, permission]) => grant('Group', field('URI', uri), permission));
  return [element('Owner', field('ID', ownerId)), element('AccessControlList', owner, ...others)];
}

function grant(type: 'CanonicalUser' | 'Group', grantee: Xml | undefined, permission: string): Xml {
  const attributes = `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"`;
  return element('Grant', elementWith(attributes, 'Grantee', grantee), field('Permission', permission));
}
