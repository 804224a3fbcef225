import { compareKeys } from '../../base/key-order.ts';
import { nullVersion, type DiskObject } from './disk-world.ts';
import type { KeyHistory } from './key-versions.ts';
import { commonPrefixOf, startOf, upTo, type ListQuery } from './listing.ts';

/** A page of versions as ListObjectVersions asks for it. */
export interface VersionQuery extends ListQuery {
  /** Where given, the page begins within `after`, behind this version. */
  readonly afterVersion?: string;
}

export interface ListedVersion {
  readonly version: DiskObject;
  readonly isLatest: boolean;
}

export interface VersionListing {
  /** In order of keys, the newest version of each first. */
  readonly versions: readonly ListedVersion[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  /** The last entry of the page: a key with its version, or a common prefix. */
  readonly last: { readonly key: string; readonly versionId?: string } | undefined;
}

/** What is listed: keys in order, with their versions. */
interface Histories {
  from(isBefore: (key: string) => boolean): Generator<KeyHistory>;
}

/** Lists versions as `listKeys` lists objects; versions and common prefixes count alike. */
export function listVersions(
  histories: Histories,
  { prefix, after, afterVersion, delimiter, entriesMax }: VersionQuery,
): VersionListing {
  const versions: ListedVersion[] = [];
  const commonPrefixes: string[] = [];
  let last: VersionListing['last'];
  const page = (truncated: boolean) => ({ versions, commonPrefixes, truncated, last });
  if (entriesMax <= 0) return page(false);

  for (const entry of firstOfPage(histories, { prefix, after, ...(afterVersion !== undefined && { afterVersion }) })) {
    if (versions.length >= entriesMax) return page(true);
    versions.push(entry);
    last = { key: after, versionId: entry.version.versionId ?? nullVersion };
  }
  let keys = histories.from(startOf(prefix, after, delimiter));
  for (let next = keys.next(); next.done !== true; next = keys.next()) {
    const { key } = next.value;
    if (!key.startsWith(prefix)) break;
    const common = commonPrefixOf(key, prefix, delimiter);
    if (common !== undefined) {
      if (versions.length + commonPrefixes.length >= entriesMax) return page(true);
      commonPrefixes.push(common);
      last = { key: common };
      keys = histories.from(upTo(common));
      continue;
    }
    for (const [index, version] of next.value.versions.entries()) {
      if (versions.length + commonPrefixes.length >= entriesMax) return page(true);
      versions.push({ version, isLatest: index === 0 });
      last = { key, versionId: version.versionId ?? nullVersion };
    }
  }
  return page(false);
}

/** What is left of the key in which the page before ended. */
function firstOfPage(
  histories: Histories,
  { prefix, after, afterVersion }: Pick<VersionQuery, 'prefix' | 'after' | 'afterVersion'>,
): ListedVersion[] {
  if (afterVersion === undefined || !after.startsWith(prefix)) return [];
  const first = histories.from((key) => compareKeys(key, after) < 0).next();
  if (first.done === true || first.value.key !== after) return [];
  const { versions } = first.value;
  const passed = versions.findIndex(({ versionId = nullVersion }) => versionId === afterVersion);
  // A version that went meanwhile: nothing of the key is shown twice.
  if (passed < 0) return [];
  return versions.slice(passed + 1).map((version) => ({ version, isLatest: false }));
}
