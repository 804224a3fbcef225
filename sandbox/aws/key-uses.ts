import type { Document } from '../store/document.ts';
import type { AccessKeyUse, AccountState } from './account-state.ts';

const flushDelayMs = 1000;

/**
 * Keys' last uses, kept apart from the account's document: a write for each request would make the disk the limit of
 * every copy. They reach the document a second later, or on close.
 */
export interface KeyUses {
  record(accessKeyId: string, use: AccessKeyUse): void;
  /** A use that is not on disk yet; undefined where the document knows best. */
  last(accessKeyId: string): AccessKeyUse | undefined;
  close(): Promise<void>;
}

/** Notes uses of keys in memory, and writes them to `document` together, since each request is one. */
export function openKeyUses(document: Document<AccountState>): KeyUses {
  const unsaved = new Map<string, AccessKeyUse>();
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (unsaved.size === 0) return;
    const saving = new Map(unsaved);
    await document.update((draft) => {
      for (const key of draft.users.flatMap(({ accessKeys }) => accessKeys)) {
        const use = saving.get(key.accessKeyId);
        if (use !== undefined) key.lastUsed = use;
      }
    });
    for (const [accessKeyId, use] of saving) {
      if (unsaved.get(accessKeyId) === use) unsaved.delete(accessKeyId);
    }
  };

  return {
    record(accessKeyId, use) {
      unsaved.set(accessKeyId, use);
      // A failed write is tried again at the next use and reported on close: no request may fail for bookkeeping.
      timer ??= setTimeout(() => void flush().catch(() => undefined), flushDelayMs).unref();
    },
    last: (accessKeyId) => unsaved.get(accessKeyId),
    close: flush,
  };
}
