import { parseConfiguration } from '../../../policies/configuration.ts';
import { changed, productionValues } from '../fixtures/values.ts';

const approval = {
  access: 'media/destination',
  abilities: ['delete'],
  where: 'r2://media.eu/uploads/',
  reason: 'R2 tokens cannot write without delete',
  approvedBy: 'security@acme.com',
  until: '2026-12-31',
};
const parse = (change: object = {}, today = '2026-11-22') =>
  parseConfiguration('prod', changed(productionValues(), 'approvedWidenings', [{ ...approval, ...change }]), { today });

describe('X4: an approved widening', () => {
  test('is read as it is written', () => {
    expect(parse().approvedWidenings).toEqual([approval]);
    expect(parse({ access: 'domain/files.acme.com', abilities: ['serve'] }).approvedWidenings).toHaveLength(1);
  });

  test('counts on its last day, and is an error after it', () => {
    expect(() => parse({}, '2026-12-31')).not.toThrow();
    expect(() => parse({}, '2027-01-01')).toThrow(
      'approvedWidenings[0].until: "2026-12-31" is past: remove the approval, or have it renewed',
    );
  });

  test.each([
    [
      { access: 'media/target' },
      'approvedWidenings[0].access: "media/target" is no credential or domain of this stack',
    ],
    [{ access: 'laptop/source' }, 'approvedWidenings[0].access: "laptop/source" is no credential'],
    [{ access: 'everything' }, 'approvedWidenings[0].access: "everything" is not a credential (migration/side)'],
    [{ abilities: [] }, 'approvedWidenings[0].abilities: [] approves nothing'],
    [{ abilities: ['everything'] }, 'approvedWidenings[0].abilities[0]: "everything" is unknown'],
    [{ abilities: ['serve'] }, 'approvedWidenings[0].abilities: serve cannot be said of "media/destination"'],
    [{ access: 'domain/files.acme.com' }, 'delete cannot be said of "domain/files.acme.com": write [serve]'],
    [{ reason: '' }, 'approvedWidenings[0].reason: "" is not a reason'],
    [{ approvedBy: undefined }, 'approvedWidenings[0].approvedBy: is missing'],
    [{ until: 'soon' }, 'approvedWidenings[0].until: "soon" is not a day'],
    [{ ticket: 1 }, 'approvedWidenings[0].ticket: is no key here'],
  ])('%j is refused', (change, message) => {
    expect(() => parse(change)).toThrow(message);
  });
});

describe('R3: a credential without an end says why', () => {
  const at = 'migrations[0].destination.credential';
  const withCredential = (credential: object) =>
    parseConfiguration('prod', changed(productionValues(), at, credential), { today: '2026-11-22' });
  const current = { generation: 1, issuedOn: '2026-11-22' };

  test('and then has no day on which it expires', () => {
    const { credential } =
      withCredential({ current, neverExpires: 'the vendor cannot change it' }).migrations[0]?.destination ?? {};
    expect(credential).toEqual({ current, neverExpires: 'the vendor cannot change it' });
  });

  test('or else expires, by default', () => {
    const { credential } = withCredential({ current }).migrations[0]?.destination ?? {};
    expect(credential?.current.expiresOn).toBe('2027-01-21');
    expect(credential?.neverExpires).toBeUndefined();
  });

  test('but not both', () => {
    const never = 'the vendor cannot change it';
    expect(() => withCredential({ current, ttlDays: 30, neverExpires: never })).toThrow(
      `${at}.ttlDays: 30 contradicts neverExpires: remove it, or neverExpires`,
    );
    expect(() => withCredential({ current: { ...current, expiresOn: '2026-12-01' }, neverExpires: never })).toThrow(
      `${at}.current.expiresOn: "2026-12-01" contradicts neverExpires`,
    );
    expect(() => withCredential({ current, neverExpires: true })).toThrow(`${at}.neverExpires: true is not text`);
  });

  test('a service token in rotation still says when its old secret dies', () => {
    const token = 'domains[0].serviceTokens[0].credential';
    const rotating = {
      current: { generation: 2, issuedOn: '2026-11-22' },
      previous: { generation: 1, issuedOn: '2026-08-24' },
      neverExpires: 'machines in the field',
    };
    expect(() => parseConfiguration('prod', changed(productionValues(), token, rotating))).toThrow(
      `${token}.previous.expiresOn: is missing`,
    );
  });
});
