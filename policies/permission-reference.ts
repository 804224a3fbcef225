import type { AwsLocation, R2Location } from '../base/location.ts';
import { explainIam } from './dialects/iam.ts';
import { r2TemporaryDialect } from './dialects/r2-temporary.ts';
import { r2TokenDialect } from './dialects/r2-token.ts';
import { decideR2Token } from './evaluator/decide-r2-token.ts';
import { actionsMatching } from './evaluator/policy-findings.ts';
import { type R2PermissionGroup, r2BucketResource, r2PermissionGroups } from './evaluator/r2-token.ts';
import type { Grant, GrantOptions } from './grant.ts';
import { neededAbilities, type OperationOptions } from './migration-grants.ts';
import { type Operation, operations, type Side, sides } from './operation.ts';
import type { StorageOperation, StorageRequest } from './storage-request.ts';

/** docs/permissions.md, computed from the model: what each operation may do at each provider, and why. Pure. */
export function permissionReference(): string {
  return [
    '# Permissions',
    '',
    '<!-- Written by `node scripts/document-permissions.ts` from policies/; a test fails when it is stale. -->',
    '',
    'What sluice asks of a provider for each operation, and why. Nothing here is written by hand: the same model renders the',
    'policies that are deployed.',
    '',
    '## AWS S3: every action, its purpose, who needs it',
    '',
    'Bucket actions are limited to the prefix where S3 can, object actions always are, and every statement on S3 names the',
    'account that owns the bucket. Nothing else is ever granted: no wildcard, no ACL, no bucket configuration.',
    '',
    ...table(['action', 'access level', 'why', 'needed by'], actionRows()),
    '',
    'Requester Pays needs no action: each request carries `x-amz-request-payer: requester`, else it is refused with 403.',
    '',
    'In a server-side copy the destination’s credential holds the source’s actions too. Append-only holds `s3:PutObject` in two',
    'statements: to create an object only with `If-None-Match`, and to begin an upload and send its parts.',
    '',
    'Across accounts the owner of the bucket (and of a KMS key) has to let the credential in too: `sluice access` prints the',
    'statements that its policy needs, the same actions under the same conditions, for these users or this role alone.',
    '',
    '## Cloudflare R2: what each permission group lets its holder do',
    '',
    'An R2 token has one of four levels and reaches whole buckets, whatever the prefix.',
    '',
    ...table(
      ['', ...matrixGroups.map((group) => r2PermissionGroups[group].name.replace('Workers R2 ', ''))],
      matrixRows(),
    ),
    '',
    'The two account-wide groups are never issued for a job.',
    '',
    '## Cloudflare R2: what an operation gets',
    '',
    'A temporary credential, signed with the token, holds exactly the actions of its column under its prefix.',
    '',
    ...table(['operation', 'token', 'more than was asked', 'temporary credential'], r2Rows()),
    '',
  ].join('\n');
}

const awsExample: AwsLocation = {
  provider: 'aws',
  bucket: 'bucket',
  prefix: 'prefix/',
  region: 'eu-west-1',
  accountId: '123456789012',
  partition: 'aws',
};
const r2Example: R2Location = {
  provider: 'r2',
  bucket: 'bucket',
  prefix: 'prefix/',
  jurisdiction: 'default',
  accountId: '0'.repeat(32),
};

/** Every choice that changes what is needed, one at a time. */
const variants: readonly {
  readonly name: string;
  readonly more?: OperationOptions;
  readonly options?: GrantOptions;
}[] = [
  { name: '' },
  { name: 'verification: content', more: { verification: 'content' } },
  { name: 'versions', more: { versions: true } },
  { name: 'tags', more: { tags: true } },
  { name: 'versions and tags', more: { versions: true, tags: true } },
  { name: 'KMS', options: { kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/k' } },
  { name: 'stored checksums', options: { storedChecksums: true } },
];

interface Need {
  readonly because: Set<string>;
  readonly neededBy: string[];
}

function actionRows(): readonly (readonly string[])[] {
  const needs = new Map<string, Need>();
  for (const { name, more, options } of variants) {
    for (const [operation, side] of cases()) {
      for (const { action, because } of explainIam(grantOf(awsExample, operation, side, more, options))) {
        const need = needs.get(action) ?? { because: new Set(), neededBy: [] };
        const who = `${operation} ${side}`;
        // The first, plainest variant that needs it says it.
        if (!need.neededBy.some((known) => known === who || known.startsWith(`${who} (`))) {
          need.neededBy.push(name === '' ? who : `${who} (${name})`);
        }
        need.because.add(because);
        needs.set(action, need);
      }
    }
  }
  return [...needs].map(([action, { because, neededBy }]) => [
    `\`${action}\``,
    actionsMatching(action)[0]?.accessLevel ?? '',
    [...because].join('; '),
    neededBy.join(', '),
  ]);
}

const matrixGroups = ['bucketItemRead', 'bucketItemWrite', 'storageRead', 'storageWrite'] as const;

/** The lines of Cloudflare's own table, and those that people ask about. */
const matrixCalls: readonly (readonly [what: string, calls: readonly StorageOperation[]])[] = [
  ['list objects', ['ListObjects', 'ListObjectsV2']],
  ['read objects', ['GetObject', 'HeadObject']],
  ['write objects', ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']],
  ['delete objects', ['DeleteObject', 'DeleteObjects']],
  ['see unfinished uploads', ['ListMultipartUploads', 'ListParts']],
  ['abort unfinished uploads', ['AbortMultipartUpload']],
  ['list buckets', ['ListBuckets']],
  ['see a bucket’s configuration', ['GetBucketCors', 'GetBucketLifecycleConfiguration']],
  ['create and delete buckets', ['CreateBucket', 'DeleteBucket']],
  ['change a bucket’s configuration', ['PutBucketCors', 'PutBucketLifecycleConfiguration']],
];

function matrixRows(): readonly (readonly string[])[] {
  return matrixCalls.map(([what, calls]) => [
    what,
    ...matrixGroups.map((group) => {
      const allowed = calls.filter((operation) => mayR2(group, operation)).length;
      if (allowed === 0) return 'no';
      if (allowed < calls.length) return 'in part';
      return r2PermissionGroups[group].scope === 'com.cloudflare.api.account' ? 'yes, everywhere' : 'its buckets';
    }),
  ]);
}

function mayR2(group: R2PermissionGroup, operation: StorageOperation): boolean {
  const { id, scope } = r2PermissionGroups[group];
  const resource =
    scope === 'com.cloudflare.api.account' ? `${scope}.${r2Example.accountId}` : r2BucketResource(r2Example);
  const request: StorageRequest = { operation, bucket: r2Example.bucket, key: 'prefix/x', secure: true };
  const policies = [{ effect: 'allow' as const, permissionGroups: [{ id }], resources: { [resource]: '*' } }];
  return decideR2Token(policies, request, r2Example).verdict === 'allowed';
}

function r2Rows(): readonly (readonly string[])[] {
  return cases().map(([operation, side]) => {
    const grant = grantOf(r2Example, operation, side);
    const [group] = r2TokenDialect.render(grant).flatMap(({ permissionGroups }) => permissionGroups);
    const name = Object.values(r2PermissionGroups).find(({ id }) => id === group?.id)?.name ?? '';
    const excess = new Set(
      r2TokenDialect
        .excess(grant)
        .map(({ ability }) =>
          grant.abilities.includes(ability) ? `${ability} outside the prefix` : `${ability} everywhere`,
        ),
    );
    return [
      `${operation} ${side}`,
      name.replace('Workers R2 ', ''),
      [...excess].join(', '),
      r2TemporaryDialect.render(grant).actions.join(', '),
    ];
  });
}

function cases(): readonly (readonly [Operation, Side])[] {
  return operations.flatMap((operation) => sides.map((side) => [operation, side] as const));
}

function grantOf(
  location: AwsLocation | R2Location,
  operation: Operation,
  side: Side,
  more?: OperationOptions,
  options?: GrantOptions,
): Grant {
  return {
    access: `example/${side}`,
    location,
    abilities: neededAbilities(operation, side, more),
    ...(options && { options }),
  };
}

/** A Markdown table whose columns line up, as Prettier writes it. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(header), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)];
}
