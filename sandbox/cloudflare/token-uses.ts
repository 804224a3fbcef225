import type { Document } from '../store/document.ts';
import { type LastUses, openLastUses } from '../store/last-uses.ts';
import type { AccountState } from './state.ts';

/** When an account's tokens were last used, by token id (Cloudflare API reference, "Account API tokens": `last_used_on`). */
export function openTokenUses(document: Document<AccountState>): LastUses<string> {
  return openLastUses(document, (draft, uses) => {
    for (const token of draft.tokens) token.lastUsedOn = uses.get(token.id) ?? token.lastUsedOn;
  });
}
