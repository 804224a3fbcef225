import { open } from 'node:fs/promises';
import { UserError } from '../base/user-error.ts';
import type { Audit } from '../policies/audit/audit.ts';
import { auditIamPolicies, type PolicyText } from '../policies/audit/iam-audit.ts';
import { type Purpose, purposesWith } from '../policies/audit/purpose.ts';
import { auditR2Token, readR2Token } from '../policies/audit/r2-token-audit.ts';
import { parsePolicyJson } from '../policies/evaluator/policy-json.ts';
import { awsKeys, cloudflareClient } from './administrators.ts';
import { openStack, type Stack } from './stack.ts';

export interface AuditOptions {
  readonly operation?: string;
  readonly side?: string;
  readonly bucket?: string;
  readonly prefix?: string;
  /** The operation keeps tags; it reads versions by their ids. */
  readonly tags?: boolean;
  readonly versions?: boolean;
}

/** Audits a file: an IAM policy, or an R2 token's policies. Throws `UserError` for anything else. */
export async function auditFile(file: string, options: AuditOptions): Promise<Audit> {
  return auditText(file, await readBounded(file), options);
}

/** Audits what an IAM user of the stack's account holds. */
export async function auditUser(userName: string, stack: string, options: AuditOptions): Promise<Audit> {
  const policies = await userPolicies(userName, await openStack(stack));
  if (policies.length === 0) {
    throw new UserError({ where: `IAM user ${userName}`, what: 'it holds no policy', fix: 'nothing is to be audited' });
  }
  return auditIamPolicies({ policies, ...asked(options) });
}

/** Audits a Cloudflare account token of the stack's account. */
export async function auditToken(id: string, stackName: string, options: AuditOptions): Promise<Audit> {
  const stack = await openStack(stackName);
  const client = await cloudflareClient(stack);
  const accountId = stack.configuration.providers.r2?.accountId ?? '';
  const token: unknown = await refusedByName(`token ${id}`, () =>
    client.accounts.tokens.get(id, { account_id: accountId }),
  );
  const policies = readR2Token(token);
  if (policies) return auditR2Token({ policies, ...askedOfR2(options) });
  throw new UserError({ where: `token ${id}`, what: 'Cloudflare answered no policies for it', fix: 'check the id' });
}

/** As `auditFile`, for text that stands elsewhere; `where` names it. */
export function auditText(where: string, text: string, options: AuditOptions): Audit {
  const policies = readR2Token(parsePolicyJson(text));
  if (policies) return auditR2Token({ policies, ...askedOfR2(options) });
  return auditIamPolicies({ policies: [{ name: where, text }], ...asked(options) });
}

function askedOfR2(options: AuditOptions) {
  if (!options.tags && !options.versions) return asked(options);
  throw new UserError({
    where: options.tags ? '--tags' : '--versions',
    what: 'R2 has neither tags nor versions',
    fix: 'leave it out',
  });
}

function asked({ operation, side, bucket, prefix, tags = false, versions = false }: AuditOptions) {
  if (prefix !== undefined && prefix !== '' && !prefix.endsWith('/')) {
    throw new UserError({ where: '--prefix', what: `"${prefix}" does not end in "/"`, fix: `write ${prefix}/` });
  }
  const candidates = purposesWith({ tags, versions }).filter((purpose: Purpose) => {
    const served = purpose.operations.some((each) => operation === undefined || each === operation);
    return served && (side === undefined || purpose.side === side);
  });
  return { candidates, ...(bucket !== undefined && { bucket }), ...(prefix !== undefined && { prefix }) };
}

/** More than any policy has, so that a file of any size is told by its length and not read whole. */
const bytesReadMax = 1024 * 1024;

async function readBounded(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytesReadMax), 0, bytesReadMax, 0);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new UserError({ where: file, what: 'cannot be read', fix: 'name a file with a policy in JSON', cause });
  }
}

/** A user's own policies, inline and attached; its groups' are audited as files. IAM answers documents percent-encoded. */
async function userPolicies(userName: string, stack: Stack): Promise<readonly PolicyText[]> {
  const { IAM } = await import('@aws-sdk/client-iam');
  const endpoint = stack.configuration.endpoints?.aws?.iam;
  const region = stack.configuration.providers.aws?.region ?? 'us-east-1';
  const iam = new IAM({ region, credentials: await awsKeys(stack), ...(endpoint && { endpoint }) });
  try {
    return await refusedByName(`IAM user ${userName}`, async () => {
      const inline = await iam.listUserPolicies({ UserName: userName, MaxItems: 1000 });
      const own = await Promise.all(
        (inline.PolicyNames ?? []).map(async (name) => {
          const { PolicyDocument: text = '' } = await iam.getUserPolicy({ UserName: userName, PolicyName: name });
          return { name, text: decodeURIComponent(text) };
        }),
      );
      const { AttachedPolicies: attached = [] } = await iam.listAttachedUserPolicies({
        UserName: userName,
        MaxItems: 1000,
      });
      const managed = await Promise.all(
        attached.map(async ({ PolicyArn: arn = '', PolicyName: name = arn }) => {
          const { Policy: policy } = await iam.getPolicy({ PolicyArn: arn });
          const version = await iam.getPolicyVersion({ PolicyArn: arn, VersionId: policy?.DefaultVersionId ?? 'v1' });
          return { name, text: decodeURIComponent(version.PolicyVersion?.Document ?? '') };
        }),
      );
      return [...own, ...managed];
    });
  } finally {
    iam.destroy();
  }
}

async function refusedByName<Answer>(where: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const what = cause instanceof Error ? `the provider refuses: ${cause.name}` : 'the provider refuses';
    throw new UserError({
      where,
      what,
      fix: 'check the name, the stack and the rights of the deploying identity',
      cause,
    });
  }
}
