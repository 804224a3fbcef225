import type { Document } from './document.ts';

const flushDelayMs = 1000;

/**
 * When keys or tokens were last used, kept apart from their account's document: a write for each request would make the disk
 * the limit of every copy. Uses reach the document together, a second later or on close; the clouds' own values lag too.
 */
export interface LastUses<Use> {
  record(id: string, use: Use): void;
  /** A use that is not on disk yet; undefined where the document knows best. */
  last(id: string): Use | undefined;
  /** Writes what is left. Throws what the write throws. */
  close(): Promise<void>;
}

/** Last uses that `save` writes into a draft of the document. */
export function openLastUses<State extends object, Use>(
  document: Document<State>,
  save: (draft: State, uses: ReadonlyMap<string, Use>) => void,
): LastUses<Use> {
  const unsaved = new Map<string, Use>();
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (unsaved.size === 0) return;
    const saving = new Map(unsaved);
    await document.update((draft) => save(draft, saving));
    for (const [id, use] of saving) {
      if (unsaved.get(id) === use) unsaved.delete(id);
    }
  };

  return {
    record(id, use) {
      unsaved.set(id, use);
      // A failed write is tried again at the next use and reported on close: no request may fail for bookkeeping.
      timer ??= setTimeout(() => void flush().catch(() => undefined), flushDelayMs).unref();
    },
    last: (id) => unsaved.get(id),
    close: flush,
  };
}
