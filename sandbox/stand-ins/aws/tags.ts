import {
  containsSecret,
  containsUnknown,
  isProperties,
  type Properties,
  revealAll,
  Secret,
  textMap,
  unknownValue,
} from '../provider/property-value.ts';
import type { AwsCloud } from './cloud.ts';

type Tags = Readonly<Record<string, string>>;

/**
 * What is sent: the provider's default tags overlaid by the resource's own, without ignored ones. Filled in by Check,
 * so that a changed default tag is a change of each resource; unknown if any part is.
 */
export function allTags(inputs: Properties, cloud: AwsCloud): Properties {
  const own = inputs['tags'] ?? null;
  if (containsUnknown(own)) return { tagsAll: unknownValue };
  const tagsAll = withoutIgnored({ ...cloud.defaultTags, ...textMap(revealAll(inputs), 'tags') }, cloud);
  return { tagsAll: containsSecret(own) ? new Secret(tagsAll) : tagsAll };
}

/** The outputs `tags` and `tagsAll` for the tags found: own tags are those that no default tag explains. */
export function tagOutputs(found: Tags, state: Properties, cloud: AwsCloud): Properties {
  const tagsAll = withoutIgnored(found, cloud);
  const known = textMap(state, 'tags');
  const own = Object.entries(tagsAll).filter(([key, value]) => key in known || cloud.defaultTags[key] !== value);
  return { ...(own.length > 0 || isProperties(state['tags']) ? { tags: Object.fromEntries(own) } : {}), tagsAll };
}

/** Tags as IAM's and S3's requests hold them. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as IAM's and S3's answers hold them; none where there is no list. */
export function tagsOf(list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** Changes IAM's tags in place, as the real provider does: what is gone is removed first. */
export async function changeTags(
  before: Tags,
  after: Tags,
  calls: {
    readonly untag: (keys: string[]) => Promise<unknown>;
    readonly tag: (tags: { Key: string; Value: string }[]) => Promise<unknown>;
  },
): Promise<void> {
  const removed = Object.keys(before).filter((key) => !(key in after));
  const set = Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value));
  if (removed.length > 0) await calls.untag(removed);
  if (Object.keys(set).length > 0) await calls.tag(tagList(set));
}

/** Tags of AWS's own (`aws:`) are never the program's. */
function withoutIgnored(tags: Tags, { ignoreTags }: AwsCloud): Tags {
  const isIgnored = (key: string): boolean =>
    key.startsWith('aws:') ||
    ignoreTags.keys.includes(key) ||
    ignoreTags.keyPrefixes.some((prefix) => key.startsWith(prefix));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !isIgnored(key)));
}
