import type { Decision } from '../../../policies/decision.ts';
import type { IamRequest } from '../../../policies/evaluator/decide-iam.ts';
import type { R2TokenPolicies } from '../../../policies/evaluator/r2-token.ts';
import type { StorageRequest } from '../../../policies/storage-request.ts';

/**
 * A truth table: what the providers' documentation says of a request, written down by hand and decided by nobody's code.
 * Rows with a `StorageRequest` can be sent to a live endpoint; those with an `IamRequest` speak of what no S3 call sends.
 */
export interface TruthGroup {
  readonly title: string;
  /** The documentation that says so: guide, "page". */
  readonly source: string;
  readonly setting: AwsSetting | R2Setting;
  readonly rows: readonly TruthRow[];
}

export type TruthRow = readonly [name: string, request: StorageRequest | IamRequest, verdict: Decision['verdict']];

export interface AwsSetting {
  readonly provider: 'aws';
  /** A user where absent. */
  readonly caller?: keyof typeof callers;
  readonly identity?: readonly Statement[];
  readonly boundary?: readonly Statement[];
  readonly session?: readonly Statement[];
  /** The bucket's, key's or role's policy. */
  readonly resource?: readonly Statement[];
  readonly resourceKind?: 'resource' | 'trust';
}

export interface R2Setting {
  readonly provider: 'r2';
  readonly policies: R2TokenPolicies;
}

/** A statement of a policy of version 2012-10-17. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly [element: string]: unknown;
}

/** The account that owns every bucket of the table. */
export const account = '123456789012';
export const stranger = '444455556666';
/** The bucket that requests ask about unless they say otherwise. */
export const bucket = 'media-prod';
export const bucketArn = `arn:aws:s3:::${bucket}`;
export const objectsArn = `${bucketArn}/*`;

export const userArn = `arn:aws:iam::${account}:user/sluice/ann`;
export const roleArn = `arn:aws:iam::${account}:role/copier`;
export const sessionArn = `arn:aws:sts::${account}:assumed-role/copier/nightly`;
export const strangerArn = `arn:aws:iam::${stranger}:user/eve`;

export const callers = {
  user: { accountId: account, arns: [userArn], kind: 'user', userName: 'ann' },
  session: { accountId: account, arns: [sessionArn, roleArn], kind: 'assumed-role' },
  root: { accountId: account, arns: [`arn:aws:iam::${account}:root`], kind: 'root' },
  stranger: { accountId: stranger, arns: [strangerArn], kind: 'user', userName: 'eve' },
  strangersRoot: { accountId: stranger, arns: [`arn:aws:iam::${stranger}:root`], kind: 'root' },
  anonymous: { accountId: '', arns: [], kind: 'anonymous' },
} as const;

export const allow = (Action: string | readonly string[], Resource: string | readonly string[] = '*'): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});
export const deny = (Action: string | readonly string[], Resource: string | readonly string[] = '*'): Statement => ({
  Effect: 'Deny',
  Action,
  Resource,
});
export const when = (statement: Statement, Condition: object): Statement => ({ ...statement, Condition });
export const by = (statement: Statement, Principal: unknown): Statement => ({ ...statement, Principal });

type Part = Partial<StorageRequest>;
const signed = { secure: true, sourceIp: '203.0.113.9', authType: 'REST-HEADER' } as const;

/** A call on the bucket, on an object of it, or on the account. */
export const call = (operation: StorageRequest['operation'], part: Part = {}): StorageRequest => ({
  operation,
  ...signed,
  ...(operation === 'ListBuckets' ? {} : { bucket }),
  ...part,
});
export const onObject = (operation: StorageRequest['operation'], key: string, part: Part = {}): StorageRequest =>
  call(operation, { key, ...part });
export const get = (key: string, part: Part = {}): StorageRequest => onObject('GetObject', key, part);
export const put = (key: string, headers: Record<string, string> = {}, part: Part = {}): StorageRequest =>
  onObject('PutObject', key, { headers, ...part });
export const list = (prefix?: string, part: Part = {}): StorageRequest =>
  call('ListObjectsV2', { ...(prefix !== undefined && { prefix }), ...part });

/** What no S3 call asks: another service, or keys that S3 does not send. */
export const ask = (action: string, resource: string, context: IamRequest['context'] = {}): IamRequest => ({
  action,
  resource,
  context,
});
