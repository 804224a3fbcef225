import assert from 'node:assert';
import { join } from 'node:path';
import { sandboxAccounts } from '../status.ts';
import { openDocument } from '../store/document.ts';
import { indexAccount } from './account-index.ts';
import type { AccountIndex, KeyHolder } from './account-index.ts';
import { accountStateSchema, emptyAccountState } from './account-state.ts';
import type { AccessKey, AccessKeyUse, AccountState, User } from './account-state.ts';
import { newIdentifier, newSecretAccessKey } from './identifiers.ts';
import { openKeyUses } from './key-uses.ts';
import { keyVisibility } from './key-visibility.ts';
import type { Consistency } from './key-visibility.ts';
import { rememberPolicies } from './policy-reading.ts';
import type { PolicyParser } from './policy-reading.ts';
import { newSessionKey, sessionTokens } from './session-token.ts';
import type { SessionTokens } from './session-token.ts';

/** The identities of the sandbox's one AWS account: users, groups, roles, their policies and credentials. */
export interface AwsAccount {
  readonly accountId: string;
  /** Where S3 requests are signed for; IAM is signed for us-east-1 or this one, STS for any region. */
  readonly region: string;
  readonly now: () => Date;
  /** An IAM user that may do everything; not root, which deployments refuse. */
  administrator(): { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Treat it as frozen; change it by `update` only. */
  readonly state: AccountState;
  /** The same, ready for look-ups. */
  readonly index: AccountIndex;
  readonly users: readonly User[];
  user(userName: string): User | undefined;
  /** Who holds an access key, whatever its status. */
  holder(accessKeyId: string): KeyHolder | undefined;
  /** Who may sign with an access key at `now`: it is active, and has spread as far as `setConsistency` says. */
  usableKey(accessKeyId: string, now: Date): KeyHolder | undefined;
  /** How late new and revoked access keys take effect; at once unless said. Not kept on disk. */
  setConsistency(consistency: Consistency): void;
  readonly sessions: SessionTokens;
  /** Reads a policy that the account holds, each text once. Throws `IamPolicyError`. */
  readonly parsePolicy: PolicyParser;
  /**
   * Makes known the public keys (JWKS) of an issuer of web identity tokens, in place of those known before: the sandbox
   * never asks the network for them. Resolves once they are on disk.
   */
  registerTokenIssuer(issuer: { readonly url: string; readonly keys: readonly object[] }): Promise<void>;
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
  const path = join(directory, 'account.json');
  const document = await openDocument<AccountState>(path, accountStateSchema, emptyAccountState());
  if (administratorKey(document.state) === undefined || document.state.sessionKey === undefined) {
    await document.update((draft) => {
      if (administratorKey(draft) === undefined) restoreAdministrator(draft, now());
      draft.sessionKey ??= newSessionKey();
    });
  }
  const { sessionKey } = document.state;
  assert(sessionKey !== undefined, 'opening the account made one');
  const uses = openKeyUses(document);
  const parsePolicy = rememberPolicies();
  const visibility = keyVisibility();
  let indexed = document.state;
  let index = indexAccount(indexed, accountId, parsePolicy);
  const currentIndex = (): AccountIndex => {
    if (indexed !== document.state) {
      indexed = document.state;
      index = indexAccount(indexed, accountId, parsePolicy);
    }
    return index;
  };
  const holder = (accessKeyId: string): KeyHolder | undefined => currentIndex().holders.get(accessKeyId);
  const update = async <Result>(change: (draft: AccountState) => Result): Promise<Result> => {
    let before: AccountIndex['holders'] | undefined;
    const result = await document.update((draft) => {
      before = currentIndex().holders;
      return change(draft);
    });
    if (before !== undefined) visibility.changed(before, currentIndex().holders, now());
    return result;
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
    get state() {
      return document.state;
    },
    get index() {
      return currentIndex();
    },
    get users() {
      return document.state.users;
    },
    user: (userName) => currentIndex().users.get(userName),
    holder,
    usableKey: (accessKeyId, at) => visibility.usable(accessKeyId, holder(accessKeyId), at),
    setConsistency: (consistency) => visibility.set(consistency),
    sessions: sessionTokens(sessionKey),
    parsePolicy,
    registerTokenIssuer: ({ url, keys }) =>
      update((draft) => {
        const others = draft.tokenIssuers.filter((issuer) => issuer.url !== url);
        draft.tokenIssuers = [...others, { url, keys: keys.map((key) => ({ ...key })) }];
      }),
    update,
    recordUse(accessKeyId, use) {
      // Temporary keys are kept nowhere, and neither is their use.
      if (holder(accessKeyId) !== undefined) uses.record(accessKeyId, use);
    },
    lastUse: (accessKeyId) => uses.last(accessKeyId) ?? holder(accessKeyId)?.accessKey.lastUsed,
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
    attachedPolicies: [],
    accessKeys: [newAccessKey(now)],
  });
}

const allowEverything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Everything', Effect: 'Allow', Action: '*', Resource: '*' }],
});

/** An active key of random letters, in AWS's form. */
export function newAccessKey(now: Date): AccessKey {
  return {
    accessKeyId: newIdentifier('AKIA'),
    secretAccessKey: newSecretAccessKey(),
    status: 'Active',
    createDate: now.toISOString(),
  };
}
