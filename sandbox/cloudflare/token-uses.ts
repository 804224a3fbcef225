import type { Document } from '../store/document.ts';
import type { AccountState } from './state.ts';

const flushDelayMs = 1000;

/**
 * Tokens' last uses, kept apart from the account's document: a write for each request would make the disk the limit of
 * every copy. They reach the document a second later, or on close; Cloudflare's own value lags too.
 */
export interface TokenUses {
  record(tokenId: string, now: Date): void;
  /** Undefined where this process has seen none: the document may know an older one. */
  last(tokenId: string): string | undefined;
  close(): Promise<void>;
}

export function openTokenUses(document: Document<AccountState>): TokenUses {
  const uses = new Map<string, string>();
  let unsaved = false;
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (!unsaved) return;
    unsaved = false;
    try {
      await document.update((draft) => {
        for (const token of draft.tokens) token.lastUsedOn = uses.get(token.id) ?? token.lastUsedOn;
      });
    } catch (error) {
      unsaved = true;
      throw error;
    }
  };

  return {
    record(tokenId, now) {
      uses.set(tokenId, now.toISOString());
      unsaved = true;
      // A failed write is tried again at the next use and reported on close: no request may fail for bookkeeping.
      timer ??= setTimeout(() => void flush().catch(() => undefined), flushDelayMs).unref();
    },
    last: (tokenId) => uses.get(tokenId),
    close: flush,
  };
}
