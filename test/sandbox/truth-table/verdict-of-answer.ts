import type { RawAnswer } from '../s3/raw-request.ts';

/** What an answer tells of the decision: the provider says of some refusals whether a policy denied or none allowed. */
export type SeenVerdict = 'allowed' | 'refused' | 'explicitly-denied' | 'implicitly-denied' | 'not-served';

/** Errors that S3 comes to only after it has allowed the call: about the document, the bucket or the object. */
const afterTheDecision = new Set([
  ...['BucketAlreadyOwnedByYou', 'BucketNotEmpty', 'PreconditionFailed', 'AccessControlListNotSupported'],
  ...['MalformedXML', 'MalformedPolicy', 'MalformedACLError', 'MissingSecurityHeader', 'InvalidRequest', 'InvalidTag'],
  ...['NoSuchUpload', 'NoSuchVersion', 'NoSuchBucketPolicy', 'NoSuchTagSet', 'NoSuchLifecycleConfiguration'],
  ...['NoSuchCORSConfiguration', 'NoSuchPublicAccessBlockConfiguration', 'NoSuchObjectLockConfiguration'],
  ...['ObjectLockConfigurationNotFoundError', 'ReplicationConfigurationNotFoundError', 'InvalidBucketState'],
  ...['InvalidObjectState', 'InvalidArgument', 'InvalidLocationConstraint', 'InvalidBucketObjectLockConfiguration'],
]);

/**
 * Reads the decision out of an answer, by status and code alone, as a client must. Throws for an answer that tells of no
 * decision: a refused signature or key, a call that was not understood.
 */
export function verdictOfAnswer({ status, body }: RawAnswer): SeenVerdict {
  const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1];
  if (code === 'AccessDenied' || (status === 403 && body === '')) {
    if (body.includes('with an explicit deny in')) return 'explicitly-denied';
    return /because no [\w- ]+ allows the/.test(body) ? 'implicitly-denied' : 'refused';
  }
  if (code === 'NotImplemented') return 'not-served';
  if (status < 400 || (status === 404 && body === '') || (code !== undefined && afterTheDecision.has(code))) {
    return 'allowed';
  }
  throw new Error(`an answer that tells of no decision: ${status} ${body}`);
}
