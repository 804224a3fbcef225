import type { ApprovedWidening } from '../../../policies/configuration.ts';
import { access, base, diff, rendering, statements, told } from './stacks.ts';

const all = '*';

const verdict = (after: typeof base, before: typeof base | undefined = base) => diff(after, before).verdict;

describe('X4: access widens when', () => {
  test('a prefix becomes the whole bucket', () => {
    const after = access(['migrations[0].source.prefix', '']);
    expect(told(after)).toEqual(['widens media/source s3://media-prod/ +list +read']);
    expect(diff(after).changes[0]).toMatchObject({ before: [], after: ['list', 'read'] });
  });

  test('a copy on AWS becomes a sync', () => {
    const before = access(['migrations[1].operation', 'copy'], ['migrations[1].options', {}]);
    expect(told(base, before)).toEqual(['widens mirror/destination s3://mirror/ +read +delete']);
  });

  test('a stack, a migration or a hostname is new', () => {
    expect(diff(base, undefined).changes.every(({ kind }) => kind === 'new')).toBe(true);
    expect(verdict(base, { ...base, domains: [] })).toBe('widens');
    expect(told(base, { ...base, credentials: base.credentials.slice(1) })).toEqual([
      'new media/source s3://media-prod/uploads/ +list +read',
    ]);
  });

  test('a bucket of the same name lies in another account', () => {
    const after = access(['migrations[0].destination.accountId', 'ffffffffffffffffffffffffffffffff']);
    expect(verdict(after)).toBe('widens');
    expect(diff(after).changes.flatMap(({ notes }) => notes)).toContain('in account ffffffffffffffffffffffffffffffff');
  });

  test('a credential stops to expire', () => {
    const after = access(['migrations[0].source.credential.neverExpires', 'the vendor cannot change it']);
    expect(told(after)).toEqual(['widens media/source s3://media-prod/uploads/ +list +read']);
    expect(diff(after).changes[0]).toMatchObject({ expiresOn: 'never' });
  });

  test.each<[string, (all: readonly Record<string, unknown>[]) => readonly unknown[], string]>([
    [
      'an action more',
      (old) => [...old, { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::media-prod/uploads/*' }],
      '+write',
    ],
    [
      'a wildcard among actions',
      (old) => old.map((one) => (one['Sid'] === 'Objects' ? { ...one, Action: ['s3:GetObject*'] } : one)),
      'now also GetObjectAttributes, GetObjectTagging, s3:GetObject*',
    ],
    [
      'permissions of its own',
      (old) => [...old, { Effect: 'Allow', Action: 's3:PutBucketPolicy', Resource: 'arn:aws:s3:::media-prod' }],
      '+admin',
    ],
    [
      'an action of another service',
      (old) => [...old, { Effect: 'Allow', Action: 'iam:PassRole', Resource: all }],
      '+admin',
    ],
    [
      'another bucket',
      (old) => [...old, { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::secrets/*' }],
      's3://secrets/',
    ],
    [
      'a prefix without its slash',
      (old) =>
        old.map((one) => (one['Sid'] === 'Objects' ? { ...one, Resource: 'arn:aws:s3:::media-prod/uploads*' } : one)),
      's3://media-prod/uploads-sibling/',
    ],
    [
      'its condition on the prefix dropped',
      (old) =>
        old.map((one) =>
          one['Sid'] === 'List'
            ? { ...one, Condition: { StringEquals: { 'aws:ResourceAccount': ['123456789012'] } } }
            : one,
        ),
      '+list',
    ],
    [
      'its condition on the account dropped',
      (old) => old.map((one) => (one['Sid'] === 'Objects' ? { ...one, Condition: {} } : one)),
      '+read',
    ],
  ])('a rendered policy has %s', (_, change, expected) => {
    const after = statements('media/source', change);
    expect(verdict(after)).toBe('widens');
    const words = [...told(after), ...diff(after).changes.flatMap(({ notes }) => notes)].join('\n');
    expect(words).toContain(expected);
  });

  test('a deny disappears', () => {
    const deny = {
      Effect: 'Deny',
      Action: 's3:*',
      Resource: all,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    const before = statements('media/source', (old) => [...old, deny]);
    expect(told(base, before)).toEqual(['widens media/source s3://media-prod/uploads/ +list +read']);
    expect(diff(base, before).changes[0]?.notes).toEqual(['now also over plain HTTP']);
  });

  test('a condition changes in a way that no request decides', () => {
    const limited = (range: string) =>
      statements('media/source', (old) =>
        old.map((one) => ({
          ...one,
          Condition: { ...(one['Condition'] as object), IpAddress: { 'aws:SourceIp': [range] } },
        })),
      );
    expect(verdict(limited('198.51.0.0/16'), limited('198.51.100.0/24'))).toBe('widens');
    expect(verdict(limited('198.51.100.0/8'), limited('198.51.100.0/24'))).toBe('widens');
    expect(verdict(base, limited('198.51.100.0/24'))).toBe('widens');
    expect(verdict(limited('198.51.100.0/24'))).toBe('narrows');
  });

  test('an R2 token gets a bucket more, a group more, or a group that nobody knows', () => {
    const token = (change: object) =>
      rendering('mirror/source', (rendered) => {
        if (rendered.dialect !== 'r2-token') throw new Error('not a token');
        return { ...rendered, policies: rendered.policies.map((policy) => ({ ...policy, ...change })) };
      });
    const key = 'com.cloudflare.edge.r2.bucket.0a1b2c3d4e5f60718293a4b5c6d7e8f9_eu_';
    expect(told(token({ resources: { [`${key}media`]: all, [`${key}secrets`]: all } }))).toEqual([
      'widens mirror/source r2://secrets.eu/ +list +read +multipart',
    ]);
    expect(told(token({ permissionGroups: [{ id: '2efd5506f9c8494dacb1fa10a3e7d5b6' }] })).join()).toContain(
      '+write +delete',
    );
    const [known] = [{ id: '6a018a9f2fc74eb6b293b0c548f38b39' }];
    const unknown = token({ permissionGroups: [known, { id: '0'.repeat(32) }] });
    expect(verdict(unknown)).toBe('widens');
    expect(diff(unknown).changes[0]?.notes.join()).toContain('no request decides what it means');
  });
});

describe('X4: access does not widen when', () => {
  test('nothing changes', () => expect(diff(base)).toMatchObject({ verdict: 'unchanged', changes: [] }));

  test('statements stand in another order, are cut apart, or spelled in another case', () => {
    expect(verdict(statements('mirror/destination', (old) => [...old].reverse()))).toBe('unchanged');
    const cut = statements('mirror/destination', (old) =>
      old.flatMap((one) => (one['Action'] as string[]).map((action) => ({ ...one, Sid: undefined, Action: action }))),
    );
    expect(verdict(cut)).toBe('unchanged');
    const shouted = statements('media/source', (old) =>
      old.map((one) => ({ ...one, Action: (one['Action'] as string[]).map((action) => action.toLowerCase()) })),
    );
    expect(verdict(shouted)).toBe('unchanged');
  });

  test('a statement says again what another allows', () => {
    const again = statements('media/source', (old) => [
      ...old,
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::media-prod/uploads/2026/*',
        Condition: { StringEquals: { 'aws:ResourceAccount': ['123456789012'] } },
      },
    ]);
    expect(verdict(again)).toBe('unchanged');
  });

  test('migrations change places', () => {
    expect(verdict({ ...base, credentials: [...base.credentials].reverse() })).toBe('unchanged');
  });

  test('a bucket becomes a prefix, a deny is added, a migration goes', () => {
    expect(told(base, access(['migrations[0].source.prefix', '']))).toEqual([
      'narrows media/source s3://media-prod/ -list -read',
    ]);
    const denying = statements('media/source', (old) => [
      ...old,
      { Effect: 'Deny', Action: 's3:GetObject', Resource: all },
    ]);
    expect(verdict(denying)).toBe('narrows');
    expect(told({ ...base, credentials: base.credentials.slice(1) })).toEqual([
      'removed media/source s3://media-prod/uploads/ -list -read',
    ]);
  });

  test('a credential rotates', () => {
    const credential = 'migrations[0].source.credential';
    const after = access(
      [`${credential}.current.generation`, 2],
      [`${credential}.previous`, { generation: 1, issuedOn: '2026-08-24' }],
    );
    expect(verdict(after)).toBe('rotation-only');
    expect(diff(after).changes[0]?.notes).toEqual(['generation 1 -> 2 + 1']);
  });

  test('a copy on R2 becomes a sync, which its token could all along: noted, for it will delete now', () => {
    const after = access(['migrations[0].operation', 'sync']);
    expect(diff(after).verdict).toBe('unchanged');
    expect(told(after)).toEqual(['noted media/destination r2://media.eu/uploads/']);
    expect(diff(after).changes[0]?.notes).toEqual(['now asks for read, delete, which its credential could already']);
  });
});

describe('X4: widenings and their approvals', () => {
  const after = access(['migrations[0].source.prefix', '']);
  const approval: ApprovedWidening = {
    access: 'media/source',
    abilities: ['list', 'read'],
    where: 's3://media-prod/',
    reason: 'everything moves',
    approvedBy: 'security@acme.com',
    until: '2026-12-31',
  };
  const approved = (...changes: Partial<ApprovedWidening>[]) => {
    const {
      widenings,
      approved: count,
      approvalProblems,
    } = diff(
      after,
      base,
      changes.map((change) => ({ ...approval, ...change })),
    );
    return { widenings, approved: count, problems: approvalProblems.length };
  };

  test('an approval of the access, the abilities and the place lets it through', () => {
    expect(approved({})).toEqual({ widenings: 1, approved: 1, problems: 0 });
    expect(diff(after, base, [approval]).changes[0]?.approvedBy).toBe('security@acme.com');
  });

  test('so do two that share its abilities', () => {
    expect(approved({ abilities: ['list'] }, { abilities: ['read'] })).toEqual({
      widenings: 1,
      approved: 1,
      problems: 0,
    });
  });

  test('half of the abilities, another place or another credential do not', () => {
    expect(approved({ abilities: ['list'] })).toEqual({ widenings: 1, approved: 0, problems: 0 });
    expect(approved({ where: 's3://media-prod/uploads/' })).toEqual({ widenings: 1, approved: 0, problems: 1 });
    expect(approved({ where: 's3://media-pro' })).toEqual({ widenings: 1, approved: 0, problems: 1 });
    expect(approved({ access: 'mirror/source' })).toEqual({ widenings: 1, approved: 0, problems: 1 });
  });

  test('an approval that nothing needs is a problem, and so is an ability too many', () => {
    expect(diff(base, base, [approval]).approvalProblems).toEqual([
      'approvedWidenings[0]: nothing widens by list, read for media/source at s3://media-prod/: remove it, what it approved is done',
    ]);
    expect(approved({ abilities: ['list', 'read', 'delete'] })).toEqual({ widenings: 1, approved: 1, problems: 1 });
  });
});

test('a hundred migrations are compared at once, and a narrower operation widens none of them', () => {
  const many = (file: typeof base) => ({
    ...file,
    credentials: Array.from({ length: 100 }, (_, index) =>
      file.credentials.slice(0, 2).map((credential) => ({
        ...credential,
        access: credential.access.replace('media', `media-${index}`) as typeof credential.access,
      })),
    ).flat(),
  });
  const { widenings } = diff(many(access(['migrations[0].operation', 'sync'])), many(base));
  expect(widenings).toBe(0);
});
