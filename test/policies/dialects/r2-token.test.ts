import { r2TokenDialect } from '../../../policies/dialects/r2-token.ts';
import { grantOn, r2Location } from '../fixtures/grants.ts';

const key = 'com.cloudflare.edge.r2.bucket.0a1b2c3d4e5f60718293a4b5c6d7e8f9_default_media';
const itemRead = '6a018a9f2fc74eb6b293b0c548f38b39';
const itemWrite = '2efd5506f9c8494dacb1fa10a3e7d5b6';

describe('R1, R4: a token is bound to one bucket and one object group', () => {
  test.each([
    ['reading', ['list', 'read'], itemRead],
    ['a copy’s destination', ['list', 'write', 'multipart'], itemWrite],
    ['a sync’s destination', ['list', 'read', 'write', 'delete', 'multipart'], itemWrite],
    ['aborting uploads', ['multipart'], itemWrite],
  ] as const)('%s', (_case, held, id) => {
    expect(r2TokenDialect.render(grantOn(r2Location, held))).toEqual([
      { effect: 'allow', permissionGroups: [{ id }], resources: { [key]: '*' } },
    ]);
  });

  test('the jurisdiction is part of the resource', () => {
    const [policy] = r2TokenDialect.render(grantOn({ ...r2Location, jurisdiction: 'eu' }, ['list']));
    expect(Object.keys(policy?.resources ?? {})).toEqual([key.replace('_default_', '_eu_')]);
  });
});

describe('excess', () => {
  const excess = (held: Parameters<typeof grantOn>[1], prefix = 'uploads/') =>
    r2TokenDialect.excess(grantOn({ ...r2Location, prefix }, held)).map(({ ability, place }) => `${ability} ${place}`);

  test('a copy’s destination also reads and deletes, in the whole bucket', () => {
    expect(excess(['list', 'write', 'multipart'])).toEqual([
      'list r2://media/',
      'read r2://media/',
      'write r2://media/',
      'delete r2://media/',
      'multipart r2://media/',
    ]);
  });

  test('where the grant is the whole bucket, only what it did not ask for', () => {
    expect(excess(['list', 'write', 'multipart'], '')).toEqual(['read r2://media/', 'delete r2://media/']);
    expect(excess(['list', 'read', 'write', 'delete', 'multipart'], '')).toEqual([]);
  });

  test('a source also sees unfinished uploads, and cannot abort them', () => {
    const [found] = r2TokenDialect.excess(grantOn({ ...r2Location, prefix: '' }, ['list', 'read']));
    expect(found).toMatchObject({ ability: 'multipart', operations: ['ListMultipartUploads', 'ListParts'] });
  });

  test('each says why', () => {
    const reasons = r2TokenDialect
      .excess(grantOn(r2Location, ['list', 'write', 'multipart']))
      .map(({ because }) => because);
    expect(reasons).toContain('an R2 token cannot write without delete');
    expect(reasons).toContain('an R2 token reaches its whole bucket, whatever the prefix');
  });
});
