import { access, diff, told } from './stacks.ts';

const at = 'migrations[0].source.credential';
const [deploy, audit] = ['arn:aws:iam::123456789012:role/deploy', 'arn:aws:iam::123456789012:role/audit'];
const job = 'repo:acme/media:environment:production';

const user = access([at, { current: { generation: 1, issuedOn: '2026-11-22' } }]);
const roleFor = (principals: readonly string[], githubSubjects: readonly string[] = []) =>
  access([at, { identity: 'role', trust: { principals, githubSubjects } }]);

const notesOf = (...[after, before]: Parameters<typeof told>): readonly string[] =>
  diff(after, before).changes.flatMap(({ notes }) => notes);

describe('S8, X4: who may become a role', () => {
  test('an added principal widens, with everything that the role reaches', () => {
    const change = diff(roleFor([deploy, audit]), roleFor([deploy]));
    expect(change.verdict).toBe('widens');
    expect(change.changes).toMatchObject([
      { access: 'media/source', kind: 'widens', widened: ['list', 'read'], notes: [`now also for ${audit}`] },
    ]);
  });

  test('an added job of GitHub widens', () => {
    expect(notesOf(roleFor([deploy], [job]), roleFor([deploy]))).toEqual([`now also for ${job}`]);
    expect(diff(roleFor([deploy], [job]), roleFor([deploy])).verdict).toBe('widens');
  });

  test('a removed one narrows', () => {
    const change = diff(roleFor([deploy]), roleFor([deploy], [job]));
    expect(change.verdict).toBe('narrows');
    expect(change.changes).toMatchObject([{ narrowed: ['list', 'read'], notes: [`no longer for ${job}`] }]);
  });

  test('one in place of another widens', () => {
    expect(diff(roleFor([audit]), roleFor([deploy])).verdict).toBe('widens');
  });

  test('another order is no change', () => {
    expect(told(roleFor([audit, deploy]), roleFor([deploy, audit]))).toEqual([]);
  });

  test('a role in place of a user, and a user in place of a role, widen', () => {
    expect(notesOf(roleFor([deploy]), user)).toEqual([
      'a role in place of a user with a key',
      `now also for ${deploy}`,
    ]);
    expect(notesOf(user, roleFor([deploy]))).toEqual(['a user with a key in place of a role']);
    expect(diff(user, roleFor([deploy])).verdict).toBe('widens');
  });

  test('a widened prefix shows beside a widened audience', () => {
    const wider = access(
      [at, { identity: 'role', trust: { principals: [deploy, audit] } }],
      ['migrations[0].source.prefix', ''],
    );
    expect(told(wider, roleFor([deploy])).filter((line) => line.startsWith('widens'))).toHaveLength(2);
  });

  test('a trust policy that our code renders otherwise for the same people widens, since nobody decided what it means', () => {
    const before = roleFor([deploy]);
    const after = {
      ...before,
      credentials: before.credentials.map((credential) =>
        credential.role ? { ...credential, role: { ...credential.role, trustPolicy: { Statement: [] } } } : credential,
      ),
    };
    expect(diff(after, before).verdict).toBe('widens');
  });
});
