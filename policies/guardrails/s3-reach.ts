import { compilePattern } from '../evaluator/pattern.ts';
import type { PolicyStatement } from '../evaluator/policy-document.ts';

/** What a statement's resources reach in one bucket. */
export interface Reach {
  /** What every key it reaches begins with; absent where it is the bucket itself. */
  readonly keys?: string;
}

/** Everything in `bucket` that a statement's resources can match; by `NotResource` that is the whole of it. */
export function reachOf({ Resource: resources, NotResource }: PolicyStatement, bucket: string): readonly Reach[] {
  if (NotResource) return [{ keys: '' }];
  return (resources ?? []).flatMap((resource): Reach[] => {
    if (resource === '*') return [{}, { keys: '' }];
    const [, , service = '', , , ...rest] = resource.split(':');
    if (!matches(service, 's3')) return [];
    const name = rest.join(':');
    const slash = name.indexOf('/');
    const bucketPattern = slash === -1 ? name : name.slice(0, slash);
    if (/[*?]/.test(bucketPattern)) {
      // A wildcard may stand for the slash too: arn:aws:s3:::me*ads/* matches media/uploads/..
      return bucket.startsWith(literalHead(bucketPattern)) ? [{}, { keys: '' }] : [];
    }
    if (bucketPattern !== bucket) return [];
    return slash === -1 ? [{}] : [{ keys: literalHead(name.slice(slash + 1)) }];
  });
}

/** The buckets that a statement's resources name, wildcards included: `media`, `media*`. */
export function bucketPatterns({ Resource: resources, NotResource }: PolicyStatement): readonly string[] {
  if (NotResource) return ['*'];
  return (resources ?? []).flatMap((resource) => {
    if (resource === '*') return ['*'];
    const [, , service = '', , , ...rest] = resource.split(':');
    return matches(service, 's3') ? [rest.join(':').split('/')[0] ?? ''] : [];
  });
}

function matches(pattern: string, text: string): boolean {
  return compilePattern(pattern, { variables: false })(text);
}

/** A pattern up to its first wildcard; `${*}` is the character itself. */
function literalHead(pattern: string): string {
  const characters = pattern.split(/(\$\{[*?$]\}|[*?]|\$\{)/);
  const end = characters.findIndex((part) => part === '*' || part === '?' || part === '${');
  return characters
    .slice(0, end === -1 ? undefined : end)
    .map((part) => /^\$\{(.)\}$/.exec(part)?.[1] ?? part)
    .join('');
}
