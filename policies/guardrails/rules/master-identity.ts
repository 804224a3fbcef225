import { textOf } from '../properties.ts';
import type { Finding, GuardedResource, ResourceRule } from '../rule.ts';

export const masterIdentity: ResourceRule = {
  kind: 'resource',
  name: 'master-identity',
  title: 'No root user, account root or global API key is given a key, a policy or a deployment',
  level: 'mandatory',
  requirements: ['S4'],
  why: 'nothing limits an identity that owns the account: no policy refuses it anything, and its key opens everything.',
  fix: 'make an IAM user (or a role) of its own for each job; deploy to Cloudflare with an API token.',
  *check(resource) {
    yield* keyFindings(resource);
    yield* policyFindings(resource);
    // The provider takes the whole account's key under that name; a token is called apiToken.
    if (isSet(resource.provider, 'apiKey') || isSet(providerInputs(resource), 'apiKey')) {
      yield { what: 'Cloudflare is reached with the Global API Key' };
    }
  },
};

/** CreateAccessKey without a user makes a key for whoever asks (AWS IAM API reference): by root, a root key. */
function* keyFindings({ type, properties }: GuardedResource): Generator<Finding> {
  if (type !== 'aws:iam/accessKey:AccessKey') return;
  const user = textOf(properties['user']) ?? '';
  if (user === '') yield { what: 'the access key names no user: it would belong to whoever deploys' };
  else if (isRoot(user)) yield { what: 'the access key belongs to root' };
}

function* policyFindings({ type, properties }: GuardedResource): Generator<Finding> {
  if (!type.startsWith('aws:iam/user')) return;
  const user = type === 'aws:iam/user:User' ? properties['name'] : properties['user'];
  if (isRoot(textOf(user) ?? '')) yield { what: 'it is about the user root' };
}

/** `root`, `<root_account>` (credential reports) or an ARN that ends so. */
function isRoot(user: string): boolean {
  return /^(<root_account>|(arn:[^:]+:iam::\d*:)?root)$/i.test(user);
}

function providerInputs({ type, properties }: GuardedResource): GuardedResource['properties'] | undefined {
  return type === 'pulumi:providers:cloudflare' ? properties : undefined;
}

function isSet(properties: GuardedResource['properties'] | undefined, name: string): boolean {
  return (
    properties !== undefined &&
    Object.hasOwn(properties, name) &&
    properties[name] !== undefined &&
    properties[name] !== ''
  );
}
