import { compareKeys } from '../../base/key-order.ts';
import { nullVersion, type DiskObject } from './disk-world.ts';
import { SortedKeys } from './sorted-keys.ts';

/** All versions of one key, the newest first. */
export interface KeyHistory {
  readonly key: string;
  readonly versions: readonly DiskObject[];
}

/**
 * A bucket's objects with their versions:
 *
 *     current     the object at each key that has one
 *     histories   every version of the keys that have more than their current object: older ones, delete markers
 *
 * A bucket that never had versioning has no histories, and pays nothing for them.
 */
export class KeyVersions {
  readonly current = new SortedKeys<DiskObject>();
  readonly #histories = new SortedKeys<KeyHistory>();

  get isEmpty(): boolean {
    return this.current.size === 0 && this.#histories.size === 0;
  }

  /** The versions of `key`, the newest first. */
  of(key: string): readonly DiskObject[] {
    const history = this.#histories.get(key);
    if (history !== undefined) return history.versions;
    const object = this.current.get(key);
    return object === undefined ? [] : [object];
  }

  find(key: string, versionId: string): DiskObject | undefined {
    return this.of(key).find((version) => versionOf(version) === versionId);
  }

  /** Makes `object` the newest version of its key; an older one of the same id goes. */
  add(object: DiskObject): void {
    // Nearly always so. Each look into an index costs a good part of what an object's record does.
    if (!object.deleteMarker && this.#histories.get(object.key) === undefined) {
      const replaced = this.current.set(object);
      if (replaced === undefined || versionOf(replaced) === versionOf(object)) return;
      this.#set(object.key, [object, replaced]);
      return;
    }
    const others = this.of(object.key).filter((version) => versionOf(version) !== versionOf(object));
    this.#set(object.key, [object, ...others]);
  }

  /** Puts `object` where the version of its id is. */
  replace(object: DiskObject): void {
    const same = (version: DiskObject): boolean => versionOf(version) === versionOf(object);
    this.#set(
      object.key,
      this.of(object.key).map((version) => (same(version) ? object : version)),
    );
  }

  remove(key: string, versionId: string): void {
    this.#set(
      key,
      this.of(key).filter((version) => versionOf(version) !== versionId),
    );
  }

  /** Each key with its versions in order, from the first key that `isBefore` does not hold for (see `SortedKeys.from`). */
  *from(isBefore: (key: string) => boolean): Generator<KeyHistory> {
    const histories = this.#histories.from(isBefore);
    let history = histories.next();
    for (const object of this.current.from(isBefore)) {
      // A history at `object.key` is yielded in the next round, or after the last.
      for (; history.done !== true && compareKeys(history.value.key, object.key) < 0; history = histories.next()) {
        yield history.value;
      }
      if (history.done === true || history.value.key !== object.key) yield { key: object.key, versions: [object] };
    }
    for (; history.done !== true; history = histories.next()) yield history.value;
  }

  /** Every version in no order, which costs no sorting. */
  *unordered(): Generator<DiskObject> {
    for (const object of this.current.unordered()) if (this.#histories.get(object.key) === undefined) yield object;
    for (const { versions } of this.#histories.unordered()) yield* versions;
  }

  /** Every version, a key's oldest first: adding them in this order makes the same contents. */
  *oldestFirst(): Generator<DiskObject> {
    for (const { versions } of this.from(() => false)) yield* versions.toReversed();
  }

  #set(key: string, versions: readonly DiskObject[]): void {
    const [newest] = versions;
    if (newest === undefined || newest.deleteMarker) this.current.delete(key);
    else this.current.set(newest);
    if (newest === undefined || (versions.length === 1 && !newest.deleteMarker)) this.#histories.delete(key);
    else this.#histories.set({ key, versions });
  }
}

/** The id by which a version is asked for. */
export function versionOf({ versionId }: { readonly versionId?: string | undefined }): string {
  return versionId ?? nullVersion;
}
