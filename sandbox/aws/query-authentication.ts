import type { IncomingMessage } from 'node:http';
import { hexSha256, parseAuthorization, verifyHeaderSignature } from '../s3/signature.ts';
import type { SignatureClaim, SignatureFailure } from '../s3/signature.ts';
import type { KeyHolder } from './account-index.ts';
import type { AwsAccount } from './account.ts';
import { QueryError } from './query-error.ts';

/** IAM is one global service, signed for this region alone (AWS General Reference, IAM endpoints). */
const iamRegion = 'us-east-1';

export interface QueryCaller {
  readonly claim: SignatureClaim;
  readonly holder: KeyHolder;
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
  const holder = account.holder(claim.accessKeyId);
  // Session tokens come with roles, which this account does not have: none can be valid.
  if (holder?.accessKey.status !== 'Active' || headers['x-amz-security-token'] !== undefined) {
    throw new QueryError('InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  requireScope(claim);
  const [rawPath = '/', rawQuery = ''] = (request.url ?? '/').split('?', 2);
  const signed = { method: request.method ?? '', rawPath, rawQuery, headers, payloadHash: hexSha256(body) };
  const outcome = verifyHeaderSignature(signed, holder.accessKey.secretAccessKey, account.now());
  if (outcome !== 'valid') throw new QueryError('SignatureDoesNotMatch', failureMessages[outcome]);
  return { claim, holder };
}

function requireScope({ service, region }: SignatureClaim): void {
  if (service !== 'iam' && service !== 'sts') {
    throw new QueryError('SignatureDoesNotMatch', "Credential should be scoped to correct service: 'iam' or 'sts'.");
  }
  if (service === 'iam' && region !== iamRegion) {
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
