import assert from 'node:assert/strict';
import { z } from 'zod';
import { jurisdictions } from '../base/location.ts';
import { UserError } from '../base/user-error.ts';
import { abilities } from './ability.ts';
import { type AccessRow, accessTable, type DomainRow } from './access-table.ts';
import type { Configuration } from './configuration.ts';
import { renderTrust } from './dialects/iam-trust.ts';
import { iamDialect } from './dialects/iam.ts';
import { r2TokenDialect } from './dialects/r2-token.ts';
import { slots } from './generation.ts';
import type { Grant } from './grant.ts';
import { grantsOf } from './migration-grants.ts';
import { sides } from './operation.ts';
import { resourcePoliciesFor } from './resource-policies.ts';
import { objectOperations, bucketOperations, accountOperations } from './storage-request.ts';

/**
 * `access/<stack>.json`: the access table with the policies that carry it out, committed as a lockfile is. What a pull
 * request changes of it is what the request changes of access. It holds no secret.
 */
const dateText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

const generationSchema = z.strictObject({
  generation: z.int().positive(),
  slot: z.enum(slots).exactOptional(),
  /** Dates are absent in the sandbox, where every start issues credentials anew. */
  issuedOn: dateText.exactOptional(),
  expiresOn: dateText.exactOptional(),
});

const awsLocationSchema = z.strictObject({
  provider: z.literal('aws'),
  bucket: z.string(),
  prefix: z.string(),
  region: z.string(),
  accountId: z.string(),
  partition: z.enum(['aws', 'aws-cn', 'aws-us-gov']),
  kmsKeyArn: z.string().exactOptional(),
  requesterPays: z.literal(true).exactOptional(),
});

const locationSchema = z.discriminatedUnion('provider', [
  awsLocationSchema,
  z.strictObject({
    provider: z.literal('r2'),
    bucket: z.string(),
    prefix: z.string(),
    jurisdiction: z.enum(jurisdictions),
    accountId: z.string(),
  }),
]);

const r2PoliciesSchema = z.array(
  z.strictObject({
    effect: z.enum(['allow', 'deny']),
    permissionGroups: z.array(z.strictObject({ id: z.string() })),
    resources: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
  }),
);

/** A grant as its provider is told it. IAM documents are read by the evaluator, which refuses what it does not understand. */
const renderedSchema = z.discriminatedUnion('dialect', [
  z.strictObject({ dialect: z.literal('iam'), policy: z.record(z.string(), z.json()) }),
  z.strictObject({ dialect: z.literal('r2-token'), policies: r2PoliciesSchema }),
]);
export type RenderedAccess = z.infer<typeof renderedSchema>;

/** What the owner of another account's bucket or key lets this credential do. */
const resourcePolicySchema = z.strictObject({
  resource: z.string(),
  accountId: z.string(),
  policy: z.record(z.string(), z.json()),
});

/** Who may become a role, and how AWS is told. */
const roleSchema = z.strictObject({
  identity: z.enum(['role', 'github-oidc']),
  principals: z.array(z.string()),
  githubSubjects: z.array(z.string()),
  trustPolicy: z.record(z.string(), z.json()),
});
export type AccessFileRole = z.infer<typeof roleSchema>;

const credentialSchema = z.strictObject({
  access: z.templateLiteral([z.string(), '/', z.enum(sides)]),
  where: z.string(),
  location: locationSchema,
  /** The same credential reads here too: the source of a server-side copy. */
  copiesFrom: awsLocationSchema.exactOptional(),
  abilities: z.array(z.enum(abilities)),
  /** None of a role. */
  generations: z.array(generationSchema),
  neverExpires: z.string().exactOptional(),
  role: roleSchema.exactOptional(),
  excess: z.array(
    z.strictObject({
      ability: z.enum(abilities),
      place: z.string(),
      operations: z.array(z.enum([...accountOperations, ...bucketOperations, ...objectOperations])).exactOptional(),
      because: z.string(),
    }),
  ),
  rendered: renderedSchema,
  /** Absent where everything is in the stack's own account. */
  resourcePolicies: z.array(resourcePolicySchema).min(1).exactOptional(),
});
export type AccessFileCredential = z.infer<typeof credentialSchema>;

const domainSchema = z.strictObject({
  hostname: z.string(),
  bucket: z.string(),
  /** Absent in files written before they were kept. */
  minimumTls: z.enum(['1.0', '1.1', '1.2', '1.3']).exactOptional(),
  sessionDuration: z.string().exactOptional(),
  policies: z.array(
    z.strictObject({
      name: z.string(),
      decision: z.enum(['allow', 'deny', 'service-auth']),
      include: z.array(z.string()),
      require: z.array(z.string()),
      exclude: z.array(z.string()),
    }),
  ),
  serviceTokens: z.array(z.strictObject({ name: z.string(), generations: z.array(generationSchema).min(1) })),
});
export type AccessFileDomain = z.infer<typeof domainSchema>;

const accessFileSchema = z.strictObject({
  format: z.literal(1),
  stack: z.string(),
  environment: z.string(),
  credentials: z.array(credentialSchema),
  domains: z.array(domainSchema),
});
export type AccessFile = z.infer<typeof accessFileSchema>;

/** Computes a stack's access file. Pure: nothing is asked of a provider, and the same configuration gives the same file. */
export function accessFile(configuration: Configuration): AccessFile {
  const dated = configuration.environment !== 'sandbox';
  const table = accessTable(configuration);
  const grants = new Map(grantsOf(configuration).map((grant) => [grant.access, grant]));
  const credentials = table.credentials.flatMap((row): AccessFileCredential[] => {
    const grant = grants.get(row.access);
    if (!grant) return [];
    const { copyFrom } = grant.options ?? {};
    const resourcePolicies = resourcePoliciesFor(grant, configuration).map((policy) =>
      resourcePolicySchema.parse(policy),
    );
    const { access, where, abilities: held, excess, neverExpires } = row;
    return [
      {
        access,
        where,
        location: grant.location,
        ...(copyFrom?.location.provider === 'aws' && { copiesFrom: copyFrom.location }),
        abilities: [...held],
        generations: row.generations.map((generation) => withDates(generation, dated)),
        ...(neverExpires === undefined ? {} : { neverExpires }),
        ...(row.role && { role: roleOf(row.role, configuration) }),
        excess: excess.map(({ operations, ...rest }) => ({
          ...rest,
          ...(operations && { operations: [...operations] }),
        })),
        rendered: rendered(grant),
        ...(resourcePolicies.length > 0 && { resourcePolicies }),
      },
    ];
  });
  const { stack, environment } = configuration;
  const domains = table.domains.map((row) => domain(row, dated));
  // Parsed, so that what is computed and what is read back have their keys in one order.
  return accessFileSchema.parse({ format: 1, stack, environment, credentials, domains });
}

/** The file's text: what fits stands on one line, so that a reviewer sees each changed place as one changed line. */
export function formatAccessFile(file: AccessFile): string {
  return `${lines(file, 0)}\n`;
}

/** Reads a committed file. `where` names it in the `UserError` that it throws for anything else than such a file. */
export function parseAccessFile(text: string, where: string): AccessFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError({ where, what: 'is not JSON', fix: 'run `npm run sluice -- access --write`', cause });
  }
  const parsed = accessFileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError({
    where: `${where}, ${issue?.path.join('.') || 'top'}`,
    what: `is not an access file of this version: ${issue?.message ?? 'unknown'}`,
    fix: 'write it with `npm run sluice -- access --write`, never by hand',
  });
}

function roleOf({ identity, ...trust }: NonNullable<AccessRow['role']>, { providers }: Configuration): AccessFileRole {
  assert(providers.aws, 'a role stands in an account');
  const trustPolicy = renderTrust({ identity, trust, ...providers.aws });
  return {
    identity,
    principals: [...trust.principals],
    githubSubjects: [...trust.githubSubjects],
    trustPolicy: z.record(z.string(), z.json()).parse(trustPolicy),
  };
}

function rendered(grant: Grant): RenderedAccess {
  if (grant.location.provider === 'r2') {
    return { dialect: 'r2-token', policies: r2PoliciesSchema.parse(r2TokenDialect.render(grant)) };
  }
  return { dialect: 'iam', policy: z.record(z.string(), z.json()).parse(iamDialect.render(grant)) };
}

function domain({ serviceTokens, policies, ...row }: DomainRow, dated: boolean): AccessFileDomain {
  return {
    ...row,
    policies: policies.map((policy) => ({
      ...policy,
      include: [...policy.include],
      require: [...policy.require],
      exclude: [...policy.exclude],
    })),
    serviceTokens: serviceTokens.map(({ name, generations }) => ({
      name,
      generations: generations.map((generation) => withDates(generation, dated)),
    })),
  };
}

type FileGeneration = z.infer<typeof generationSchema>;

function withDates(generation: FileGeneration, dated: boolean): FileGeneration {
  if (dated) return generation;
  return { generation: generation.generation, ...(generation.slot && { slot: generation.slot }) };
}

const lineLengthMax = 120;

function lines(value: unknown, depth: number): string {
  const short = onOneLine(value);
  // A credential or a hostname is always spread out: its parts change apart from each other.
  if (depth > 2 && depth * 2 + short.length < lineLengthMax) return short;
  if (typeof value !== 'object' || value === null) return short;
  const indent = '  '.repeat(depth + 1);
  const end = '  '.repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => indent + lines(item, depth + 1)).join(',\n')}\n${end}]`;
  }
  const parts = Object.entries(value).map(
    ([key, item]) => `${indent}${JSON.stringify(key)}: ${lines(item, depth + 1)}`,
  );
  return parts.length === 0 ? '{}' : `{\n${parts.join(',\n')}\n${end}}`;
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${onOneLine(item)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}
