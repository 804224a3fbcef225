import assert from 'node:assert';
import { join } from 'node:path';
import { sandboxAccounts } from '../status.ts';
import { openDocument } from '../store/document.ts';
import { indexAccount } from './account-index.ts';
import type { AccountIndex, KeyHolder } from './account-index.ts';
import { accountStateSchema } from './account-state.ts';
import type { AccessKey, AccessKeyUse, AccountState, User } from './account-state.ts';
import { rememberPolicies } from './identity-policies.ts';
import { newIdentifier, newSecretAccessKey } from './identifiers.ts';
import { openKeyUses } from './key-uses.ts';

/** The identities of the sandbox's one AWS account: users, their inline policies and access keys. */
export interface AwsAccount {
  readonly accountId: string;
  /** Where S3 requests are signed for; IAM is signed for us-east-1, STS for any region. */
  readonly region: string;
  readonly now: () => Date;
  /** An IAM user that may do everything; not root, which deployments refuse. */
  administrator(): { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly users: readonly User[];
  user(userName: string): User | undefined;
  /** Who holds an access key, whatever its status. */
  holder(accessKeyId: string): KeyHolder | undefined;
  /** Resolves once `change` is on disk; what `change` throws leaves all as it was. */
  update<Result>(change: (draft: AccountState) => Result): Promise<Result>;
  /** Remembers a key's last use; a kill within a second of it may lose it, as the real one lags too. */
  recordUse(accessKeyId: string, use: AccessKeyUse): void;
  lastUse(accessKeyId: string): AccessKeyUse | undefined;
  /** Writes what is still in memory only. */
  close(): Promise<void>;
}

export const administratorName = 'sluice-sandbox-administrator';

/**
 * Opens the account whose state lies in `directory`, or makes it there. An administrator with an active key exists
 * afterwards, even if requests had removed it before.
 */
export async function openAwsAccount(directory: string, now: () => Date = () => new Date()): Promise<AwsAccount> {
  const { accountId, region } = sandboxAccounts.aws;
  const document = await openDocument<AccountState>(join(directory, 'account.json'), accountStateSchema, {
    format: 1,
    users: [],
  });
  if (administratorKey(document.state) === undefined) {
    await document.update((draft) => restoreAdministrator(draft, now()));
  }
  const uses = openKeyUses(document);
  const parsePolicy = rememberPolicies();
  let indexed = document.state;
  let index = indexAccount(indexed, accountId, parsePolicy);
  const currentIndex = (): AccountIndex => {
    if (indexed !== document.state) {
      indexed = document.state;
      index = indexAccount(indexed, accountId, parsePolicy);
    }
    return index;
  };
  return {
    accountId,
    region,
    now,
    administrator() {
      const key = administratorKey(document.state);
      assert(key, 'opening the account made one');
      return { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
    },
    get users() {
      return document.state.users;
    },
    user: (userName) => currentIndex().users.get(userName),
    holder: (accessKeyId) => currentIndex().holders.get(accessKeyId),
    update: (change) => document.update(change),
    recordUse: (accessKeyId, use) => uses.record(accessKeyId, use),
    lastUse: (accessKeyId) => uses.last(accessKeyId) ?? currentIndex().holders.get(accessKeyId)?.accessKey.lastUsed,
    close: () => uses.close(),
  };
}

function administratorKey(state: AccountState): AccessKey | undefined {
  return state.users
    .find(({ userName }) => userName === administratorName)
    ?.accessKeys.find(({ status }) => status === 'Active');
}

function restoreAdministrator(draft: AccountState, now: Date): void {
  draft.users = draft.users.filter(({ userName }) => userName !== administratorName);
  draft.users.push({
    userName: administratorName,
    path: '/',
    userId: newIdentifier('AIDA'),
    createDate: now.toISOString(),
    tags: [],
    policies: [{ policyName: 'everything', document: allowEverything }],
    accessKeys: [newAccessKey(now)],
  });
}

const allowEverything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Everything', Effect: 'Allow', Action: '*', Resource: '*' }],
});

export function newAccessKey(now: Date): AccessKey {
  return {
    accessKeyId: newIdentifier('AKIA'),
    secretAccessKey: newSecretAccessKey(),
    status: 'Active',
    createDate: now.toISOString(),
  };
}
