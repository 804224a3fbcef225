import type { AwsLocation, Partition } from '../../base/location.ts';
import { locationUrl } from '../../base/location.ts';
import { UserError } from '../../base/user-error.ts';
import { satisfyingContexts } from '../access-diff/conditions.ts';
import { otherBucket } from '../access-diff/place.ts';
import { iamDialect } from '../dialects/iam.ts';
import { decideEveryIam, decideIam, type NamedPolicy } from '../evaluator/decide-iam.ts';
import { parseIamPolicy } from '../evaluator/iam-policy.ts';
import { iamRequestsOf } from '../evaluator/iam-requests.ts';
import { readPolicyDocument } from '../evaluator/policy-document.ts';
import { actionsMatching, policyFindings } from '../evaluator/policy-findings.ts';
import type { StorageRequest } from '../storage-request.ts';
import { type Audit, type MissingCall, nearestPurpose, type TooMuch } from './audit.ts';
import { callsOf, clientHabits, type NeededCall, type Purpose } from './purpose.ts';

/** A policy's JSON text; `name` is for messages. */
export interface PolicyText {
  readonly name: string;
  readonly text: string;
}

export interface IamAuditOptions {
  /** All that one identity holds: they are decided together. */
  readonly policies: readonly PolicyText[];
  /** Where absent, the place is the first that the policies name. */
  readonly bucket?: string;
  readonly prefix?: string;
  readonly candidates: readonly Purpose[];
}

/**
 * Holds IAM policies against the operations they may be for. Pure. Throws `IamPolicyError` for a policy that the evaluator does not
 * understand, `UserError` where no bucket is named.
 */
export function auditIamPolicies({ policies: texts, bucket, prefix, candidates }: IamAuditOptions): Audit {
  const policies = texts.map(({ name, text }) => ({ name, policy: parseIamPolicy(text) }));
  const location = placeOf(texts, bucket, prefix);
  const allows = decider(policies, texts, location);
  const measured = candidates.map((purpose) => ({ purpose, missing: missingCalls(purpose, location, allows) }));
  const nearest = nearestPurpose(measured);
  if (!nearest) throw new UserError({ what: 'no operation has that side', fix: 'leave --side out' });
  const { purpose, missing } = nearest;
  return {
    place: locationUrl(location),
    purposes: measured.map((each) => ({ name: each.purpose.name, missing: each.missing })),
    purpose: purpose.name,
    missing,
    tooMuch: [...needlessActions(policies, texts, purpose), ...needlessReach(purpose, location, allows)],
    findings: texts.flatMap(({ text }) => policyFindings(text)),
    clients: clientHabits
      .filter(({ side, operation }) => side === purpose.side && !allows(requestFor(operation, location)))
      .map(({ client, action, instead }) => ({ client, action, instead })),
    least: iamDialect.render({ access: `audited/${purpose.side}`, location, abilities: purpose.abilities }),
  };
}

type Allows = (request: StorageRequest, owner?: string) => boolean;

const anyAccount = '000000000000';
const strangersAccount = '999999999998';

/** Also asks as a caller does who meets the policy's own conditions, such as its source addresses. */
function decider(policies: readonly NamedPolicy[], texts: readonly PolicyText[], location: AwsLocation): Allows {
  const written = texts.map(({ text }) => JSON.parse(text) as Record<string, never>);
  const contexts = [{}, ...written.flatMap((policy) => satisfyingContexts({ dialect: 'iam', policy }))];
  return (request, accountId = location.accountId) => {
    const requests = iamRequestsOf(request, { partition: location.partition, accountId });
    return contexts.some((extra) => {
      const carried = requests.map((each) => ({ ...each, context: { ...extra, ...each.context } }));
      return decideEveryIam({ policies, requests: carried }).verdict === 'allowed';
    });
  };
}

function missingCalls(purpose: Purpose, location: AwsLocation, allows: Allows): readonly MissingCall[] {
  return callsOf(purpose)
    .filter((call) => !allows(requestOf(call, location)))
    .map(({ ability, operation, action, withoutIt }) => ({ ability, call: operation, right: action, withoutIt }));
}

function requestOf({ operation, versioned }: NeededCall, at: Pick<AwsLocation, 'bucket' | 'prefix'>): StorageRequest {
  return requestFor(operation, at, versioned ? { versionId: 'version' } : {});
}

function requestFor(
  operation: StorageRequest['operation'],
  { bucket, prefix }: Pick<AwsLocation, 'bucket' | 'prefix'>,
  changes: Partial<StorageRequest> = {},
): StorageRequest {
  const plain = { operation, secure: true, authType: 'REST-HEADER', ...changes } as const;
  if (operation === 'ListBuckets') return plain;
  if (operation === 'ListObjectsV2' || operation === 'ListObjectVersions') return { ...plain, bucket, prefix };
  if (/Bucket|ListMultipartUploads/.test(operation)) return { ...plain, bucket };
  return { ...plain, bucket, key: `${prefix}object` };
}

/** Actions that the policies hand over and no call of the purpose needs; a Deny that takes one back counts. */
function needlessActions(
  policies: readonly NamedPolicy[],
  texts: readonly PolicyText[],
  purpose: Purpose,
): readonly TooMuch[] {
  const needed = new Set(callsOf(purpose).map(({ action }) => action.toLowerCase()));
  const found = new Map<string, TooMuch>();
  const known = actionsMatching('*');
  for (const [index, { text }] of texts.entries()) {
    for (const [position, statement] of readPolicyDocument(text).statements.entries()) {
      if (statement.Effect !== 'Allow') continue;
      const compiled = policies[index]?.policy.statements[position];
      const unknown = (statement.Action ?? []).filter((action) => actionsMatching(action).length === 0);
      const held = [
        ...known.filter(({ action }) => compiled?.matchesAction(action.toLowerCase())),
        ...unknown.map((action) => ({ action, accessLevel: 'unknown', resourceTypes: [] })),
      ];
      const resources = statement.Resource ?? ['*'];
      for (const { action, accessLevel, resourceTypes } of held) {
        if (needed.has(action.toLowerCase()) || found.has(action)) continue;
        const where = resources.find((resource) => granted(policies, { action, resource, resourceTypes }));
        if (where === undefined) continue;
        found.set(action, { right: action, level: accessLevel, where, because: reason(action, accessLevel, purpose) });
      }
    }
  }
  return [...found.values()].sort((left, right) => rank(left) - rank(right));
}

/** An object's action under a bucket's ARN, or the reverse, grants nothing; neither does what a Deny takes back. */
function granted(
  policies: readonly NamedPolicy[],
  { action, resource, resourceTypes }: { action: string; resource: string; resourceTypes: readonly string[] },
): boolean {
  const path = /^arn:[^:]*:s3:::(.*)$/.exec(resource)?.[1];
  if (path !== undefined && resourceTypes.length > 0) {
    const onObjects = resourceTypes.includes('object') && /[/*]/.test(path);
    const onBuckets = resourceTypes.includes('bucket') && !path.includes('/');
    if (!onObjects && !onBuckets) return false;
  }
  const asked = resource === '*' ? `arn:aws:s3:::${otherBucket}/object` : resource;
  const context = { 'aws:securetransport': 'true' };
  const { verdict } = decideIam({ policies, request: { action, resource: asked, context } });
  return verdict !== 'explicitly-denied';
}

const levels = ['Permissions management', 'unknown', 'Write', 'Tagging', 'Read', 'List'];

function rank({ level }: TooMuch): number {
  return levels.indexOf(level);
}

const reasons: Readonly<Record<string, string>> = {
  's3:PutObjectAcl': 'changes who may read; useless where ACLs are off, which is the default since April 2023',
  's3:GetObjectVersion': 'serves only reads by version id, of which a copy of current objects makes none',
  's3:GetBucketLocation': 'is no longer needed: whoever may list learns the region from the answer',
  's3:DeleteObject': 'a copy never deletes',
  's3:DeleteObjectVersion': 'removes what versioning keeps, for good',
  's3:ListAllMyBuckets': 'shows the names of every bucket of the account',
};

function reason(action: string, level: string, { name }: Purpose): string {
  const why = reasons[action];
  if (why !== undefined) return why;
  if (level === 'Permissions management') return 'lets its holder change who has access';
  return level === 'unknown' ? 'is of a service that this audit does not know' : `no call of a ${name} needs it`;
}

/** What the purpose needs, but also where, or how, it does not. */
function needlessReach(purpose: Purpose, location: AwsLocation, allows: Allows): readonly TooMuch[] {
  const { bucket, prefix } = location;
  const whole = `s3://${bucket}/`;
  const elsewhere: { where: string; because: string; at: Pick<AwsLocation, 'bucket' | 'prefix'> }[] = [
    { where: 'any bucket', because: 'names no bucket', at: { bucket: otherBucket, prefix } },
    ...(prefix === ''
      ? []
      : [
          {
            where: whole,
            because: `reaches the bucket outside ${prefix}`,
            at: { bucket, prefix: '.sluice-elsewhere/' },
          },
          {
            where: `${whole}${prefix.slice(0, -1)}*`,
            because: 'lacks the slash that ends the prefix',
            at: { bucket, prefix: `${prefix.slice(0, -1)}-sibling/` },
          },
        ]),
  ];
  // S3 cannot limit the list of unfinished uploads to a prefix.
  const calls = callsOf(purpose).filter(({ operation }) => operation !== 'ListMultipartUploads');
  const reach = elsewhere.flatMap(({ where, because, at }) =>
    calls.filter((call) => allows(requestOf(call, at))).map(({ action }) => place(action, where, because)),
  );
  const held = callsOf(purpose).filter((call) => allows(requestOf(call, location)));
  const strangers = held
    .filter((call) => allows(requestOf(call, location), strangersAccount))
    .map(({ action }) =>
      place(action, whole, 'has no aws:ResourceAccount: a stranger who takes the name gets the data'),
    );
  return [...reach, ...strangers];
}

function place(right: string, where: string, because: string): TooMuch {
  return { right, level: 'place', where, because };
}

/** Bucket and prefix as asked, else as the policies' first S3 resources name them. */
function placeOf(texts: readonly PolicyText[], bucket: string | undefined, prefix: string | undefined): AwsLocation {
  const statements = texts.flatMap(({ text }) => readPolicyDocument(text).statements);
  const resources = statements.flatMap(({ Resource: all = [] }) =>
    all.map((arn) => /^arn:([^:]*):s3:::(.*)$/.exec(arn)),
  );
  const named = resources.flatMap((match) => {
    const [, partition = '', path = ''] = match ?? [];
    const [name = '', ...key] = path.split('/');
    return match && /^[a-z0-9.-]+$/.test(name) ? [{ partition, name, key: key.join('/') }] : [];
  });
  const chosen = bucket ?? named[0]?.name;
  if (chosen === undefined) {
    throw new UserError({
      where: 'policy',
      what: 'it names no bucket',
      fix: 'say which one is meant: --bucket media-prod',
    });
  }
  const keys = named
    .filter(({ name, key }) => name === chosen && key !== '')
    .map(({ key }) => key.replace(/[*?$].*$/s, ''));
  const accounts = statements.flatMap(({ Condition: condition = {} }) =>
    Object.values(condition).flatMap((keysOf) => keysOf['aws:ResourceAccount'] ?? []),
  );
  return {
    provider: 'aws',
    bucket: chosen,
    prefix: prefix ?? directoryOf(keys[0] ?? ''),
    region: 'us-east-1',
    accountId: accounts.find((account) => /^\d{12}$/.test(account)) ?? anyAccount,
    partition: (named.find(({ name }) => name === chosen)?.partition || 'aws') as Partition,
  };
}

function directoryOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}
