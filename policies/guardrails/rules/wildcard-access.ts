import { actionsMatching } from '../../evaluator/policy-findings.ts';
import { allowingStatements, type DocumentStatement } from '../iam-documents.ts';
import type { Finding, ResourceRule } from '../rule.ts';

export const wildcardAccess: ResourceRule = {
  kind: 'resource',
  name: 'wildcard-access',
  title: 'An IAM policy names its actions, and the buckets or other resources they act on',
  level: 'mandatory',
  requirements: ['S1', 'S2', 'S4'],
  why: 'a wildcard grows with every action AWS adds and every bucket somebody makes: nobody reviewed what it will reach.',
  fix: 'write each action out, and one ARN for each bucket (arn:aws:s3:::NAME) and prefix (arn:aws:s3:::NAME/PREFIX/*).',
  *check(resource) {
    for (const statement of allowingStatements(resource)) {
      yield* wideActions(statement);
      yield* wideResources(statement);
    }
  },
};

function* wideActions({ place, written }: DocumentStatement): Generator<Finding> {
  if (written.NotAction) {
    yield { what: `${place} allows every action but ${listed(written.NotAction)}` };
    return;
  }
  const wide = (written.Action ?? []).filter((action) => /[*?]/.test(action));
  if (wide.length > 0) yield { what: `${place} allows ${listed(wide)}: actions by wildcard` };
}

function* wideResources({ place, written }: DocumentStatement): Generator<Finding> {
  if (written.NotResource) {
    yield { what: `${place} allows everything but ${listed(written.NotResource)}` };
    return;
  }
  for (const resource of written.Resource ?? []) {
    if (resource === '*' && actsOnNothing(written.Action)) continue;
    const because = widthOf(resource);
    if (because !== undefined) yield { what: `${place} allows "${resource}": ${because}` };
  }
}

/** Actions such as sts:GetCallerIdentity have no resource: IAM takes nothing but `*` there. */
function actsOnNothing(actions: readonly string[] = []): boolean {
  return actions.every((action) => {
    const known = actionsMatching(action);
    // s3:ListAllMyBuckets shows every bucket of the account, so that one is wide however it is written.
    return (
      known.length > 0 &&
      known.every(({ action: name, resourceTypes }) => resourceTypes.length === 0 && name !== 's3:ListAllMyBuckets')
    );
  });
}

/**
 * Why an ARN reaches more than one resource, or undefined.
 *
 *     *, arn:aws:s3:::*, arn:*:s3:::media/*   | every resource of the account, or more
 *     arn:aws:s3:::media*                     | every bucket whose name begins so
 *     arn:aws:s3:::media/uploads*             | uploads-private/ too
 *     arn:aws:kms:eu-west-1:123456789012:key/*| every key
 *     arn:aws:s3:::media/*, ../uploads/*      | fine: a bucket or a prefix, named
 */
export function widthOf(resource: string): string | undefined {
  // `${*}` is the character itself.
  const pattern = resource.replace(/\$\{[*?$]\}/g, '_');
  if (!/[*?]/.test(pattern)) return undefined;
  const [, partition = '*', service = '*', , account = '*', ...rest] = pattern.split(':');
  const tail = rest.join(':');
  if ([partition, service, account].some(isWild) || tail === '') return 'resources of any kind or account';
  const [name = '', ...path] = tail.split(/[/:]/);
  const key = path.join('/');
  if (isWild(name)) return service === 's3' ? 'buckets by wildcard' : 'resources by wildcard';
  if (service !== 's3') return /^[*?/]+$/.test(key) ? `every ${name}` : undefined;
  return /[^/*]\*$/.test(key) ? 'a prefix that does not end in "/" reaches its neighbours too' : undefined;
}

function isWild(part: string): boolean {
  return /[*?]/.test(part);
}

function listed(values: readonly string[]): string {
  return values.join(', ');
}
