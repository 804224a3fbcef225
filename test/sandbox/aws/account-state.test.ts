import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAwsAccount } from '../../../sandbox/aws/account.ts';
import { openTokenIssuer } from '../../../sandbox/aws/web-identity-issuer.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-account-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('an account file from before groups, roles and managed policies still opens', async () => {
  const user = { userName: 'old', path: '/', userId: 'u', createDate: '2026-01-01T00:00:00.000Z', tags: [] };
  const state = { format: 1, users: [{ ...user, policies: [], accessKeys: [] }] };
  await writeFile(join(directory, 'account.json'), JSON.stringify(state));
  const account = await openAwsAccount(directory);
  expect(account.user('old')).toMatchObject({ attachedPolicies: [] });
  expect(account.state).toMatchObject({ groups: [], roles: [], managedPolicies: [], oidcProviders: [] });
  await account.close();
});

test('session tokens and token issuers outlive a restart, and no session is on disk', async () => {
  const account = await openAwsAccount(directory);
  await openTokenIssuer(account);
  const session = {
    accessKeyId: 'temporary',
    secretAccessKey: 'secret-of-the-session',
    issuedAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T01:00:00.000Z',
    principal: { kind: 'user' as const, userId: 'u' },
    policies: [],
    policyArns: [],
    tags: [],
    transitiveTagKeys: [],
  };
  const token = account.sessions.seal(session);
  await account.close();
  expect(await readFile(join(directory, 'account.json'), 'utf8')).not.toContain(session.secretAccessKey);
  const reopened = await openAwsAccount(directory);
  expect(reopened.sessions.open(token)).toEqual(session);
  expect(reopened.state.tokenIssuers).toHaveLength(1);
  await reopened.close();
});
