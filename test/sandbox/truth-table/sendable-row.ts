import type { IamRequest } from '../../../policies/evaluator/decide-iam.ts';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { otherR2Account } from '../../policies/truth-table/r2-tokens.ts';
import { bucket, bucketArn, get, type TruthGroup, type TruthRow } from '../../policies/truth-table/truth-row.ts';

/** A row as it can be sent: a call of S3 at a certain time, or one of IAM or STS. */
export type SendableRequest =
  | { readonly kind: 'storage'; readonly request: StorageRequest; readonly at?: Date }
  | { readonly kind: 'assume-role'; readonly roleArn: string; readonly externalId?: string }
  | { readonly kind: 'list-users' };

/** The reason why a row cannot be sent to a sandbox, which is counted and printed. */
export interface Unsendable {
  readonly kind: 'unsendable';
  readonly because: string;
}

/** How a row is sent to the sandbox, or why it cannot be. */
export function sendableRow(setting: TruthGroup['setting'], request: TruthRow[1]): SendableRequest | Unsendable {
  const policies = JSON.stringify(setting);
  const speaksOf = (key: string): boolean => policies.includes(`"${key}"`);
  const caller = setting.provider === 'aws' ? setting.caller : undefined;
  if (caller === 'stranger' || caller === 'strangersRoot') return unsendable('the sandbox has one AWS account');
  if (caller === 'root') return unsendable('the sandbox gives out no keys of a root user');
  if (policies.includes(otherR2Account)) return unsendable('Cloudflare makes no token for another account');
  if ('action' in request) return sendableQuestion(request);
  if (request.authType === 'POST') return unsendable('a browser’s form is another protocol');
  if (speaksOf('aws:SourceIp') && !request.sourceIp?.startsWith('127.')) {
    return unsendable('it comes from an address that this machine does not have');
  }
  return { kind: 'storage', request };
}

/** The one object that questions are about; what they say of its request is put into headers, or into the clock. */
function sendableQuestion({ action, resource, context }: IamRequest): SendableRequest | Unsendable {
  const { 'aws:useragent': userAgent, 'aws:currenttime': time, 'aws:epochtime': epoch, ...others } = context;
  if (action === 'iam:ListUsers') return { kind: 'list-users' };
  if (action === 'sts:AssumeRole') return { kind: 'assume-role', roleArn: resource };
  const unsaid = Object.keys(others)[0];
  if (unsaid !== undefined) return unsendable(`no client can choose ${unsaid}`);
  if (action !== 's3:GetObject' || resource !== `${bucketArn}/x`) return unsendable(`${action} is not served here`);
  const headers = typeof userAgent === 'string' ? { 'user-agent': userAgent } : {};
  const request = get('x', { bucket, headers });
  if (typeof time === 'string') return { kind: 'storage', request, at: new Date(time) };
  if (typeof epoch === 'string') return { kind: 'storage', request, at: new Date(Number(epoch) * 1000) };
  if (typeof userAgent !== 'string') return unsendable('a request always says what the row leaves unsaid');
  return { kind: 'storage', request };
}

function unsendable(because: string): Unsendable {
  return { kind: 'unsendable', because };
}
