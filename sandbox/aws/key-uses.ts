import type { Document } from '../store/document.ts';
import { type LastUses, openLastUses } from '../store/last-uses.ts';
import type { AccessKeyUse, AccountState } from './account-state.ts';

/** The last uses of an account's access keys, by access key id (IAM API reference, GetAccessKeyLastUsed). */
export function openKeyUses(document: Document<AccountState>): LastUses<AccessKeyUse> {
  return openLastUses(document, (draft, uses) => {
    for (const key of draft.users.flatMap(({ accessKeys }) => accessKeys)) {
      const use = uses.get(key.accessKeyId);
      if (use !== undefined) key.lastUsed = use;
    }
  });
}
