import { createHash, randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Jurisdiction } from '../../base/location.ts';
import { sandboxAccounts } from '../status.ts';
import { openDocument } from '../store/document.ts';
import type { ObjectWorld } from '../store/object-store.ts';
import { groupIds, scopes } from './permission-groups.ts';
import { accountStateSchema } from './state.ts';
import type { AccountState, Token } from './state.ts';
import { openTokenUses } from './token-uses.ts';

export interface CloudflareAccountOptions {
  readonly directory: string;
  /** R2 keeps each jurisdiction's buckets apart. */
  readonly worlds: Readonly<Record<Jurisdiction, ObjectWorld>>;
  readonly now?: () => Date;
  /** How long a custom domain takes from attached to active; 0 unless said. */
  readonly domainActivationMs?: number;
}

export interface Zone {
  readonly id: string;
  readonly name: string;
}

/** The sandbox's one Cloudflare account: its tokens, R2 settings and Access configuration. */
export interface CloudflareAccount {
  readonly accountId: string;
  readonly zones: readonly Zone[];
  readonly worlds: Readonly<Record<Jurisdiction, ObjectWorld>>;
  readonly domainActivationMs: number;
  readonly now: () => Date;
  readonly state: AccountState;
  /** Resolves once `change` is on disk; what `change` throws leaves all as it was. */
  update<Result>(change: (draft: AccountState) => Result): Promise<Result>;
  /** The value of the token that deploys: it may do all this account models. The same after a restart. */
  administratorToken(): string;
  /** Keeps the administrator's new value after a roll; other tokens' values are never kept. */
  rolled(tokenId: string, value: string): Promise<void>;
  tokenById(tokenId: string): Token | undefined;
  tokenByValue(value: string): Token | undefined;
  /** Remembers a token's last use; a kill within a second of it may lose it. */
  recordUse(tokenId: string): void;
  lastUse(tokenId: string): string | undefined;
  /** Writes what is still in memory only. */
  close(): Promise<void>;
}

const administratorSchema = z.strictObject({ tokenId: z.string(), value: z.string() });

/** Opens the account whose state lies in `directory`, or makes it there. Its administrator token exists afterwards. */
export async function openCloudflareAccount(options: CloudflareAccountOptions): Promise<CloudflareAccount> {
  const { directory, worlds, now = () => new Date(), domainActivationMs = 0 } = options;
  const { accountId, zones } = sandboxAccounts.cloudflare;
  const administrator = await openDocument(join(directory, 'administrator.json'), administratorSchema, {
    tokenId: newTokenId(),
    value: newTokenValue(),
  });
  const document = await openDocument<AccountState>(join(directory, 'account.json'), accountStateSchema, {
    format: 1,
    tokens: [],
    bucketSettings: [],
    customDomains: [],
    applications: [],
    reusablePolicies: [],
    serviceTokens: [],
    organization: {
      authDomain: 'sluice-sandbox.cloudflareaccess.com',
      name: 'sluice sandbox',
      strictServiceTokenAuth: false,
    },
  });
  const tokenById = (tokenId: string): Token | undefined => document.state.tokens.find(({ id }) => id === tokenId);
  // Calls may have deleted it, and a kill in the middle of a roll may have lost its value.
  if (tokenById(administrator.state.tokenId)?.valueSha256 !== sha256Hex(administrator.state.value)) {
    const token = administratorToken(administrator.state, accountId, now());
    await document.update((draft) => {
      draft.tokens = [...draft.tokens.filter(({ id }) => id !== token.id), token];
    });
  }
  const uses = openTokenUses(document);
  return {
    accountId,
    zones,
    worlds,
    domainActivationMs,
    now,
    get state() {
      return document.state;
    },
    update: (change) => document.update(change),
    administratorToken: () => administrator.state.value,
    async rolled(tokenId, value) {
      if (tokenId !== administrator.state.tokenId) return;
      await administrator.update((draft) => {
        draft.value = value;
      });
    },
    tokenById,
    tokenByValue(value) {
      const valueSha256 = sha256Hex(value);
      return document.state.tokens.find((token) => token.valueSha256 === valueSha256);
    },
    recordUse: (tokenId) => uses.record(tokenId, now().toISOString()),
    lastUse: (tokenId) => uses.last(tokenId) ?? tokenById(tokenId)?.lastUsedOn,
    close: () => uses.close(),
  };
}

/** What the token that deploys a stack needs, and what the sandbox's own chores need: nothing outside what is modelled. */
function administratorToken(
  { tokenId, value }: z.infer<typeof administratorSchema>,
  accountId: string,
  now: Date,
): Token {
  const account = `${scopes.account}.${accountId}`;
  return {
    id: tokenId,
    name: 'sluice sandbox administrator',
    policies: [
      {
        id: newTokenId(),
        effect: 'allow',
        permissionGroupIds: [
          groupIds.tokensWrite,
          groupIds.storageWrite,
          groupIds.applicationsWrite,
          groupIds.serviceTokensWrite,
          groupIds.organizationsWrite,
        ],
        resources: { [account]: '*' },
      },
      {
        id: newTokenId(),
        effect: 'allow',
        permissionGroupIds: [groupIds.zoneRead],
        resources: { [account]: { [`${scopes.zone}.*`]: '*' } },
      },
    ],
    status: 'active',
    valueSha256: sha256Hex(value),
    issuedOn: now.toISOString(),
    modifiedOn: now.toISOString(),
  };
}

/** Lower-case hex SHA-256: how R2 derives a token's S3 secret, and how this account keeps secrets. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** 32 hexadecimal digits, as Cloudflare's ids have; R2 takes it for the token's S3 access key id. */
export function newTokenId(): string {
  return randomBytes(16).toString('hex');
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Fits what the Terraform provider accepts (40 to 80 of `0-9A-Za-z-_`) and looks like no live token. */
export function newTokenValue(): string {
  return `sluice-sandbox-${Array.from({ length: 40 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}
