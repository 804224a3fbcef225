import { parseIamPolicy } from '../../policies/evaluator/iam-policy.ts';
import { readPolicyDocument, type PolicyStatement } from '../../policies/evaluator/policy-document.ts';
import { IamPolicyError } from '../../policies/evaluator/policy-error.ts';
import { S3Error } from './s3-error.ts';

/** S3 User Guide, "Bucket policies for Amazon S3". */
const policyBytesMax = 20 * 1024;

/**
 * Checks a policy that is to be put on `bucket`. Throws `MalformedPolicy` for what the evaluator does not fully understand, speaks of
 * another bucket or of other services' actions.
 */
export function checkBucketPolicy(text: string, bucket: string): void {
  if (!text.startsWith('{')) throw new S3Error('MalformedPolicy');
  if (Buffer.byteLength(text) > policyBytesMax) {
    throw new S3Error('MalformedPolicy', 'Policy exceeds the maximum allowed document size.');
  }
  try {
    parseIamPolicy(text, { kind: 'resource' });
  } catch (error) {
    if (!(error instanceof IamPolicyError)) throw error;
    throw new S3Error('MalformedPolicy', `${error.place}: ${error.what}`);
  }
  for (const { Action = [], NotAction = [], Resource = [], NotResource = [] } of readPolicyDocument(text).statements) {
    if (![...Action, ...NotAction].every((action) => action === '*' || /^s3:/i.test(action))) {
      throw new S3Error('MalformedPolicy', 'Policy has invalid action');
    }
    if (![...Resource, ...NotResource].every((resource) => isWithin(resource, bucket))) {
      throw new S3Error('MalformedPolicy', 'Policy has invalid resource');
    }
  }
}

function isWithin(resource: string, bucket: string): boolean {
  if (resource === '*') return true;
  const [arn, partition = '', service, region, account, ...path] = resource.split(':');
  const [name] = path.join(':').split('/');
  return (
    arn === 'arn' &&
    partition.startsWith('aws') &&
    service === 's3' &&
    region === '' &&
    account === '' &&
    name === bucket
  );
}

/**
 * Whether a policy that was put grants to the public (S3 User Guide, "The meaning of 'public'"): an Allow for everyone that no
 * condition ties to fixed accounts, organizations, networks or sources.
 */
export function isPublicPolicy(text: string): boolean {
  return readPolicyDocument(text).statements.some(
    (statement) => statement.Effect === 'Allow' && namesEveryone(statement) && !isTied(statement),
  );
}

function namesEveryone({ Principal: principal, NotPrincipal: exceptions }: PolicyStatement): boolean {
  if (exceptions !== undefined || principal === '*') return true;
  return [...(principal?.AWS ?? []), ...(principal?.CanonicalUser ?? [])].includes('*');
}

const tyingKeys = new Set([
  ...['aws:sourcearn', 'aws:sourcevpc', 'aws:sourcevpce', 'aws:sourceowner', 'aws:sourceaccount', 'aws:sourceip'],
  ...['aws:userid', 'aws:principalorgid', 's3:dataaccesspointarn', 's3:dataaccesspointaccount'],
]);
const tyingOperators = /^(String(Equals|Like)(IgnoreCase)?|Arn(Equals|Like)|IpAddress)$/i;

function isTied({ Condition: condition = {} }: PolicyStatement): boolean {
  return Object.entries(condition).some(
    ([operator, keys]) =>
      tyingOperators.test(operator) &&
      Object.entries(keys).some(
        ([key, values]) =>
          tyingKeys.has(key.toLowerCase()) && values.every((value) => isFixed(key.toLowerCase(), value)),
      ),
  );
}

/** No wildcard, no variable; of networks, none as wide as a continent. */
function isFixed(key: string, value: string): boolean {
  if (/[*?$]/.test(value)) return false;
  if (key !== 'aws:sourceip') return true;
  const [address = '', length] = value.split('/');
  return length === undefined || Number(length) >= (address.includes(':') ? 32 : 8);
}
