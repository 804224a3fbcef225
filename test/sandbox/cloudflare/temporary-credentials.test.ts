import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { SignJWT } from 'jose';
import { accountUnderTest, bucketResource, groups, mint, refusalOf } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';
import { s3SecretOf, serveR2, type R2Keys, type R2UnderTest } from './r2-under-test.ts';

let under: AccountUnderTest;
let r2: R2UnderTest;
let host: string;
let parent: R2Keys & { readonly value: string };

beforeAll(async () => {
  under = await accountUnderTest();
  under.clock.now = new Date();
  const { account_id, client } = under;
  host = `${account_id}.r2.cloudflarestorage.com`;
  r2 = await serveR2(under, { ownHosts: () => ['127.0.0.1:4782'] });
  for (const name of ['media', 'other']) await client.r2.buckets.create({ account_id, name });
  for (const key of ['uploads/a', 'uploads-private/a', 'exact', 'exactly'])
    await under.put('default', 'media', key, key);
  parent = await newParent();
});
afterAll(async () => {
  r2.destroyClients();
  await under.stop();
});

async function newParent(group = groups.itemWrite): Promise<R2Keys & { value: string }> {
  const resources = { ...bucketResource(under.account_id, 'media'), ...bucketResource(under.account_id, 'other') };
  const { id = '', value = '' } = await mint(under, group, resources);
  return { accessKeyId: id, secretAccessKey: s3SecretOf(value), value };
}

/** As Cloudflare's documentation mints them, with another implementation of JWT than the sandbox's. */
async function minted(changes: object, { accessKeyId, secretAccessKey }: R2Keys = parent): Promise<R2Keys> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    bucket: 'media',
    scope: 'object-read-write',
    sub: under.account_id,
    iss: accessKeyId,
    aud: host,
    iat: now,
    exp: now + 600,
    ...changes,
  };
  const jwt = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secretAccessKey));
  return { accessKeyId, secretAccessKey: s3SecretOf(jwt), sessionToken: Buffer.from(`jwt/${jwt}`).toString('base64') };
}

/** What a call is answered: `done`, or the code of its refusal. */
async function answerTo(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    return (error as Error).name;
  }
}
const get = (keys: R2Keys, Key = 'uploads/a', Bucket = 'media') =>
  answerTo(r2.client(keys).send(new GetObjectCommand({ Bucket, Key })));
const put = (keys: R2Keys, Key = 'uploads/new') =>
  answerTo(r2.client(keys).send(new PutObjectCommand({ Bucket: 'media', Key, Body: 'new' })));
const remove = (keys: R2Keys, Key = 'uploads/new') =>
  answerTo(r2.client(keys).send(new DeleteObjectCommand({ Bucket: 'media', Key })));
const list = (keys: R2Keys, Prefix?: string) =>
  answerTo(
    r2.client(keys).send(new ListObjectsV2Command({ Bucket: 'media', ...(Prefix !== undefined && { Prefix }) })),
  );

describe('R2: a temporary credential opens', () => {
  test('its bucket, and no other one of its parent', async () => {
    const keys = await minted({});
    expect([await get(keys), await put(keys), await remove(keys), await list(keys)]).toEqual(Array(4).fill('done'));
    expect(await get(keys, 'a', 'other')).toBe('AccessDenied');
    expect(await answerTo(r2.client(keys).send(new ListBucketsCommand({})))).toBe('AccessDenied');
  });

  test('what its scope says', async () => {
    const keys = await minted({ scope: 'object-read-only' });
    expect([await get(keys), await list(keys), await put(keys)]).toEqual(['done', 'done', 'AccessDenied']);
  });

  test('the actions it names: writing without deleting, reading or listing', async () => {
    const keys = await minted({ scope: undefined, actions: ['PutObject'] });
    expect([await put(keys), await remove(keys), await get(keys), await list(keys)]).toEqual([
      'done',
      'AccessDenied',
      'AccessDenied',
      'AccessDenied',
    ]);
    const both = await minted({ scope: 'object-read-only', actions: ['PutObject', 'GetObject'] });
    expect([await get(both), await put(both)]).toEqual(['done', 'AccessDenied']);
  });

  test('its paths: keys under a prefix, exact keys, listings under a prefix', async () => {
    const keys = await minted({ paths: { prefixPaths: ['uploads/'], objectPaths: ['exact'] } });
    expect([
      await get(keys),
      await get(keys, 'exact'),
      await list(keys, 'uploads/'),
      await list(keys, 'uploads/a'),
    ]).toEqual(Array(4).fill('done'));
    const elsewhere = [get(keys, 'uploads-private/a'), get(keys, 'exactly'), list(keys), list(keys, 'up')];
    expect(await Promise.all(elsewhere)).toEqual(Array(4).fill('AccessDenied'));
  });

  test('a copy reads within its paths too', async () => {
    const keys = await minted({ paths: { prefixPaths: ['uploads/'] } });
    const copy = (from: string) =>
      answerTo(
        r2
          .client(keys)
          .send(new CopyObjectCommand({ Bucket: 'media', Key: 'uploads/copy', CopySource: `media/${from}` })),
      );
    expect([await copy('uploads/a'), await copy('uploads-private/a')]).toEqual(['done', 'AccessDenied']);
    const writer = await minted({ scope: undefined, actions: ['CopyObject'] });
    const write = new CopyObjectCommand({ Bucket: 'media', Key: 'uploads/copy', CopySource: 'media/uploads/a' });
    expect(await answerTo(r2.client(writer).send(write))).toBe('AccessDenied');
  });

  test('never more than its parent', async () => {
    const keys = await minted({ scope: 'admin-read-write' }, await newParent(groups.itemRead));
    expect([await get(keys), await put(keys)]).toEqual(['done', 'AccessDenied']);
  });
});

describe('R2: a temporary credential is 401 Unauthorized', () => {
  const now = Math.floor(Date.now() / 1000);
  test.each([
    ['after its end', { iat: now - 20, exp: now - 10 }],
    ['before its beginning', { nbf: now + 1000 }],
    ['for longer than seven days', { exp: now + 604_900 }],
    ['of another account', { sub: 'f'.repeat(32) }],
    ['for another endpoint', { aud: `${'f'.repeat(32)}.eu.r2.cloudflarestorage.com` }],
    ['of another issuer', { iss: 'f'.repeat(32) }],
    ['with neither scope nor actions', { scope: undefined }],
    ['with an unknown scope', { scope: 'everything' }],
    ['with an unknown action', { actions: ['PutBucketPolicy'] }],
    ['with an unknown claim', { conditions: {} }],
  ])('%s', async (_name, changes) => {
    expect(await get(await minted(changes))).toBe('Unauthorized');
  });

  test('signed with another secret, changed, or no JWT at all', async () => {
    const other = await newParent();
    expect(await get(await minted({}, { ...parent, secretAccessKey: other.secretAccessKey }))).toBe('Unauthorized');
    const keys = await minted({ scope: 'object-read-only' });
    const jwt = Buffer.from(keys.sessionToken ?? '', 'base64')
      .toString()
      .slice('jwt/'.length);
    const [header = '', payload = '', mac = ''] = jwt.split('.');
    const wider = Buffer.from(
      Buffer.from(payload, 'base64url').toString().replace('object-read-only', 'object-read-write'),
    ).toString('base64url');
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    for (const forged of [
      `${header}.${wider}.${mac}`,
      `${unsigned}.${payload}.`,
      `${unsigned}.${payload}.${mac}`,
      'x',
    ]) {
      const sessionToken = Buffer.from(`jwt/${forged}`).toString('base64');
      expect(await get({ ...keys, secretAccessKey: s3SecretOf(forged), sessionToken })).toBe('Unauthorized');
    }
    expect(await get({ ...keys, sessionToken: 'nothing' })).toBe('Unauthorized');
  });

  test('once its parent is deleted or rolled', async () => {
    const { client, account_id } = under;
    for (const end of ['roll', 'delete'] as const) {
      const own = await newParent();
      const keys = await minted({}, own);
      expect(await get(keys)).toBe('done');
      await (end === 'roll'
        ? client.accounts.tokens.value.update(own.accessKeyId, { account_id })
        : client.accounts.tokens.delete(own.accessKeyId, { account_id }));
      expect(await get(keys)).toBe('Unauthorized');
    }
  });

  test('but not for the local name of its endpoint', async () => {
    expect(await get(await minted({ aud: '127.0.0.1:4782' }))).toBe('done');
    expect(await get(await minted({ aud: '127.0.0.1:4783' }))).toBe('Unauthorized');
  });

  test('and its secret is its own: the parent is no way to sign for it', async () => {
    const keys = await minted({});
    expect(await get({ ...keys, secretAccessKey: parent.secretAccessKey })).toBe('SignatureDoesNotMatch');
  });
});

describe('R2: temporary credentials made by the API', () => {
  const asked = (more: object = {}) => ({
    account_id: under.account_id,
    bucket: 'media',
    parentAccessKeyId: parent.accessKeyId,
    permission: 'object-read-only' as const,
    ttlSeconds: 600,
    ...more,
  });

  test('open what was asked for, and no more', async () => {
    const made = await under.clientWith(parent.value).r2.temporaryCredentials.create(asked({ prefixes: ['uploads/'] }));
    const { accessKeyId = '', secretAccessKey = '', sessionToken = '' } = made;
    const keys = { accessKeyId, secretAccessKey, sessionToken };
    expect(accessKeyId).toBe(parent.accessKeyId);
    expect([await get(keys), await put(keys), await get(keys, 'exact')]).toEqual([
      'done',
      'AccessDenied',
      'AccessDenied',
    ]);
  });

  test('are refused to strangers, for dead parents and for too long', async () => {
    const stranger = under.clientWith((await newParent()).value);
    expect(await refusalOf(stranger.r2.temporaryCredentials.create(asked()))).toMatchObject({
      status: 403,
      code: 10000,
    });
    const wrong = { parentAccessKeyId: 'f'.repeat(32) };
    expect(await refusalOf(under.client.r2.temporaryCredentials.create(asked(wrong)))).toMatchObject({ status: 400 });
    const long = { ttlSeconds: 604_801 };
    expect(await refusalOf(under.client.r2.temporaryCredentials.create(asked(long)))).toMatchObject({ status: 400 });
  });
});
