import type { IncomingMessage } from 'node:http';
import { hexSha256, parseAuthorization, verifyHeaderSignature } from '../s3/signature.ts';
import type { SignatureClaim, SignatureFailure } from '../s3/signature.ts';
import type { AwsAccount } from './account.ts';
import { findCaller } from './caller.ts';
import type { Caller } from './caller.ts';
import { QueryError } from './query-error.ts';

/**
 * IAM is one global service, signed for this region (AWS General Reference, IAM endpoints). Clients know that from the
 * endpoint they find by themselves; told of another endpoint, SDKs and the AWS CLI sign for the region they are
 * configured with. At the sandbox that is the account's own, which is therefore taken too, and no other.
 */
const iamRegion = 'us-east-1';

export interface QueryCaller {
  readonly claim: SignatureClaim;
  readonly caller: Caller;
}

/** Who signed a Query request. Throws the `QueryError` that IAM and STS answer to a signature they do not accept. */
export function authenticate(account: AwsAccount, request: IncomingMessage, body: Buffer): QueryCaller {
  const { headers } = request;
  if (headers.authorization === undefined) {
    throw new QueryError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  }
  const claim = parseAuthorization(headers);
  if (claim === undefined) {
    throw new QueryError(
      'IncompleteSignature',
      'Authorization header requires a well-formed AWS4-HMAC-SHA256 signature.',
    );
  }
  const caller = identify(account, claim, headers['x-amz-security-token']);
  requireScope(claim, account.region);
  const [rawPath = '/', rawQuery = ''] = (request.url ?? '/').split('?', 2);
  const signed = { method: request.method ?? '', rawPath, rawQuery, headers, payloadHash: hexSha256(body) };
  const outcome = verifyHeaderSignature(signed, caller.secretAccessKey, account.now());
  if (outcome !== 'valid') throw new QueryError('SignatureDoesNotMatch', failureMessages[outcome]);
  return { claim, caller };
}

function identify(account: AwsAccount, { accessKeyId }: SignatureClaim, token: string | string[] | undefined): Caller {
  const sessionToken = Array.isArray(token) ? token.join(',') : token;
  const found = findCaller(account, { accessKeyId, sessionToken }, account.now());
  if (found === 'expired-token') {
    throw new QueryError('ExpiredToken', 'The security token included in the request is expired');
  }
  if (typeof found === 'string') {
    throw new QueryError('InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  return found;
}

function requireScope({ service, region }: SignatureClaim, ownRegion: string): void {
  if (service !== 'iam' && service !== 'sts') {
    throw new QueryError('SignatureDoesNotMatch', "Credential should be scoped to correct service: 'iam' or 'sts'.");
  }
  if (service === 'iam' && region !== iamRegion && region !== ownRegion) {
    throw new QueryError('SignatureDoesNotMatch', `Credential should be scoped to a valid region, not '${region}'. `);
  }
}

const failureMessages: Readonly<Record<SignatureFailure, string>> = {
  'malformed-date': 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.',
  'clock-skew':
    'Signature expired or not yet current: the request time differs from the current time by over 15 minutes.',
  expired: 'Signature expired.',
  'header-not-signed': "'Host' and every 'X-Amz-' header must be a 'SignedHeader' in the AWS Authorization.",
  mismatch:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
};
