import type { KeyHolder } from './account-index.ts';

/** How long changes of access keys take to be seen everywhere (IAM user guide, "Troubleshooting: Changes that I make are not always immediately visible"). */
export interface Consistency {
  /** A fresh key is unknown for so long. */
  readonly newKeySeconds: number;
  /** A deleted or inactive key still works for so long. */
  readonly deletedKeySeconds: number;
}

export const immediately: Consistency = { newKeySeconds: 0, deletedKeySeconds: 0 };

/** Which keys requests may use, as the adjustable delay has it. Not kept on disk: a restart has caught up. */
export interface KeyVisibility {
  set(consistency: Consistency): void;
  /** Told of every change of the account: what `before` had in use and `after` has not was revoked at `now`. */
  changed(before: ReadonlyMap<string, KeyHolder>, after: ReadonlyMap<string, KeyHolder>, now: Date): void;
  /** `holder` is who holds the key by the account's state. */
  usable(accessKeyId: string, holder: KeyHolder | undefined, now: Date): KeyHolder | undefined;
}

/** Every key is seen at once, and gone at once, until `set` says otherwise. */
export function keyVisibility(): KeyVisibility {
  let consistency = immediately;
  const revoked = new Map<string, { readonly holder: KeyHolder; readonly at: Date }>();
  return {
    set(wanted) {
      consistency = wanted;
      if (wanted.deletedKeySeconds === 0) revoked.clear();
    },
    changed(before, after, now) {
      if (consistency.deletedKeySeconds === 0) return;
      for (const [accessKeyId, { at }] of revoked) {
        if (secondsSince(at, now) >= consistency.deletedKeySeconds) revoked.delete(accessKeyId);
      }
      for (const [accessKeyId, holder] of before) {
        const active = after.get(accessKeyId)?.accessKey.status === 'Active';
        if (holder.accessKey.status === 'Active' && !active) revoked.set(accessKeyId, { holder, at: now });
      }
    },
    usable(accessKeyId, holder, now) {
      if (holder?.accessKey.status === 'Active') {
        const ageSeconds = secondsSince(new Date(holder.accessKey.createDate), now);
        const { newKeySeconds } = consistency;
        return newKeySeconds > 0 && ageSeconds < newKeySeconds ? undefined : holder;
      }
      const lingering = revoked.get(accessKeyId);
      if (lingering === undefined || secondsSince(lingering.at, now) >= consistency.deletedKeySeconds) return undefined;
      return lingering.holder;
    },
  };
}

function secondsSince(then: Date, now: Date): number {
  return (now.getTime() - then.getTime()) / 1000;
}
