import { UserError } from '../../base/user-error.ts';
import type { Ability } from '../../policies/ability.ts';
import type { Grant } from '../../policies/grant.ts';
import type { Check, Report } from '../../proof/report.ts';
import { type SmokeOptions, smokeGrant } from '../../proof/smoke.ts';
import { type FakeEndpoint, type FakeRequest, type OddAnswer, accessDenied, fakeEndpoint } from './fake-endpoint.ts';

const atStart = ['decoy/', 'decoy/real', 'media/', 'media/uploads-sibling/real', 'media/uploads/real'];
const endpoints: FakeEndpoint[] = [];

afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

describe('O6, X2: a credential that does exactly what it was granted', () => {
  test.each<[string, Ability[]]>([
    ['copy source', ['list', 'read']],
    ['copy destination', ['list', 'write', 'multipart']],
    ['sync destination', ['list', 'read', 'write', 'delete', 'multipart']],
  ])('passes every probe as %s, and nothing is left behind', async (_name, abilities) => {
    const { report, endpoint } = await smoke(abilities, exactly(abilities));
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(report.verdict.outcome).toBe('passed');
    expect(report.checks.some(({ expect: expected }) => expected === 'refused')).toBe(true);
    expect(report.leftBehind).toEqual([]);
    expect(endpoint.held()).toEqual(atStart);
  });

  test('is asked only for canaries, never for a real object', async () => {
    const { endpoint } = await smoke(['list', 'read', 'write', 'delete', 'multipart'], () => undefined);
    const touched = endpoint.requests.filter(({ key }) => key !== '');
    expect(touched.length).toBeGreaterThan(10);
    expect(touched.filter(({ key }) => !key.includes('.sluice-canary'))).toEqual([]);
  });
});

describe('O6: too much is found and undone', () => {
  test('a reader that can write fails, naming write, and what it wrote is gone', async () => {
    const { report, endpoint } = await smoke(['list', 'read'], exactly(['list', 'read', 'write']));
    expect(report.verdict).toMatchObject({ outcome: 'failed' });
    expect(report.verdict.findings['too-much']).toEqual(['media/source write inside PutObject']);
    expect(checkOf(report, 'media/source write inside PutObject').because).toContain('can write inside its prefix');
    expect(endpoint.held()).toEqual(atStart);
  });

  test('a credential with every right fails everywhere, and every bucket is as it was', async () => {
    const { report, endpoint } = await smoke(['list', 'read'], () => undefined);
    const places = report.checks.filter(({ finding }) => finding === 'too-much').map(({ place }) => place);
    expect(new Set(places)).toEqual(new Set(['inside', 'sibling', 'outside', 'other-bucket', 'bucket', 'account']));
    expect(report.verdict.counts.failed).toBe(report.checks.filter(({ expect: e }) => e === 'refused').length);
    expect(endpoint.requests.some(({ operation }) => operation === 'CreateBucket')).toBe(true);
    expect(endpoint.held()).toEqual(atStart);
  });
});

describe('O6: too little is found', () => {
  test('a reader that cannot list fails, naming list, after the time for propagation', async () => {
    const { report } = await smoke(['list', 'read'], exactly(['read']));
    expect(report.verdict.findings['too-little']).toEqual(['media/source list inside ListObjectsV2']);
    expect(report.verdict.findings['too-much']).toEqual([]);
  });

  test('a key that nobody knows is a bad credential, and proves no refusal', async () => {
    const { report } = await smoke(['list', 'read'], () => ({ status: 403, code: 'InvalidAccessKeyId' }));
    expect(report.verdict.findings.credential).toHaveLength(2);
    expect(
      report.checks.filter(({ expect: expected }) => expected === 'refused').map(({ outcome }) => outcome),
    ).toEqual(expect.not.arrayContaining(['passed']));
  });
});

describe('a key that is still propagating', () => {
  const granted = exactly(['list', 'read']);
  const readsInside = ({ requests }: FakeEndpoint): FakeRequest[] =>
    requests.filter(
      ({ keyId, operation, bucket, key }) =>
        keyId === 'tested' && operation === 'GetObject' && bucket === 'media' && key.startsWith('uploads/'),
    );

  test('passes once it worked so many times in a row', async () => {
    const { report, endpoint } = await smoke(['list', 'read'], (request) =>
      request.operation === 'GetObject' && request.bucket === 'media' && request.earlier < 2
        ? { status: 403, code: 'InvalidAccessKeyId' }
        : granted(request),
    );
    expect(report.verdict.outcome).toBe('passed');
    expect(readsInside(endpoint)).toHaveLength(2 + 3);
  });

  test('starts counting anew when it fails between two successes', async () => {
    const { report, endpoint } = await smoke(['list', 'read'], (request) =>
      request.operation === 'GetObject' && request.bucket === 'media' && request.earlier === 1
        ? accessDenied
        : granted(request),
    );
    expect(report.verdict.outcome).toBe('passed');
    expect(readsInside(endpoint)).toHaveLength(2 + 3);
  });

  test('that one server does not know yet when the refusals are tried is asked again', async () => {
    const { report } = await smoke(['list', 'read'], (request) =>
      request.operation === 'ListBuckets' && request.earlier === 0
        ? { status: 403, code: 'InvalidAccessKeyId' }
        : granted(request),
    );
    expect(report.verdict.outcome).toBe('passed');
  });
});

describe('a negative never passes on', () => {
  test.each<[string, OddAnswer]>([
    ['404', { status: 404, code: 'NoSuchKey' }],
    ['301', { status: 301, code: 'PermanentRedirect' }],
    ['400', { status: 400, code: 'AuthorizationHeaderMalformed' }],
    ['500', { status: 500, code: 'InternalError' }],
    ['501', { status: 501, code: 'NotImplemented' }],
    ['a signature that does not match', { status: 403, code: 'SignatureDoesNotMatch' }],
    ['a connection that is cut', 'hang up'],
  ])('%s', async (_name, odd) => {
    const granted = exactly(['list', 'read']);
    const { report, endpoint } = await smoke(['list', 'read'], (request) => (granted(request) ? odd : undefined));
    const negatives = report.checks.filter(({ expect: expected }) => expected === 'refused');
    expect(negatives.length).toBeGreaterThan(10);
    expect(negatives.filter(({ outcome }) => outcome !== 'failed')).toEqual([]);
    expect(endpoint.held()).toEqual(atStart);
  });

  test('but an endpoint that was busy once is asked again', async () => {
    const granted = exactly(['list', 'read']);
    const { report } = await smoke(['list', 'read'], (request) =>
      request.operation === 'ListBuckets' && request.earlier === 0
        ? { status: 503, code: 'SlowDown' }
        : granted(request),
    );
    expect(report.verdict.outcome).toBe('passed');
  });
});

describe('what configuration does not allow is not proven, never passed', () => {
  const refused = exactly(['list', 'read']);

  test('another bucket, without a decoy', async () => {
    const { report, endpoint } = await smoke(['list', 'read'], refused, { decoyBucket: undefined });
    expect(outcomesAt(report, 'other-bucket')).toEqual(new Set(['not-proven']));
    expect(report.verdict.outcome).toBe('passed');
    expect(endpoint.requests.filter(({ bucket }) => bucket === 'decoy')).toEqual([]);
  });

  test('a decoy that does not exist', async () => {
    const { report } = await smoke(['list', 'read'], refused, { decoyBucket: 'absent' });
    expect(checkOf(report, 'media/source read other-bucket GetObject')).toMatchObject({
      outcome: 'not-proven',
      because: expect.stringContaining('404 NoSuchBucket') as string,
    });
  });

  test('objects outside the prefix, without outside canaries; listing there still is', async () => {
    const { report, endpoint } = await smoke(['list', 'read'], refused, { outsideCanaries: false });
    expect(checkOf(report, 'media/source read outside GetObject').outcome).toBe('not-proven');
    expect(checkOf(report, 'media/source admin account CreateBucket').outcome).toBe('not-proven');
    expect(checkOf(report, 'media/source list outside ListObjectsV2').outcome).toBe('passed');
    const written = endpoint.requests.filter(
      ({ operation, bucket }) => operation === 'PutObject' && bucket === 'media',
    );
    expect(written.filter(({ key }) => !key.startsWith('uploads/.sluice-canary/'))).toEqual([]);
  });

  test('objects at all, without canaries', async () => {
    const { report, endpoint } = await smoke(['list', 'read'], refused, { canaries: false });
    expect(checkOf(report, 'media/source read inside GetObject').outcome).toBe('not-proven');
    expect(checkOf(report, 'media/source list inside ListObjectsV2').outcome).toBe('passed');
    expect(endpoint.requests.filter(({ key }) => key !== '')).toEqual([]);
  });
});

describe('nothing is left behind', () => {
  test('when the run is aborted', async () => {
    const abort = new AbortController();
    const endpoint = await open(() => undefined);
    const run = smokeGrant({
      ...optionsAt(endpoint, ['list', 'read', 'write', 'multipart']),
      signal: abort.signal,
      onProgress: ({ phase, done }) => {
        if (phase === 'what it must not' && done === 1) abort.abort(new Error('stopped by the user'));
      },
    });
    await expect(run).rejects.toThrow('stopped by the user');
    expect(endpoint.held()).toEqual(atStart);
  });

  test('when the deploying identity cannot prepare the granted place', async () => {
    const endpoint = await open(({ keyId, operation }) =>
      keyId === 'administrator' && operation === 'CreateMultipartUpload' ? accessDenied : undefined,
    );
    const run = smokeGrant(optionsAt(endpoint, ['list', 'read']));
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow('the deploying identity cannot write a canary: 403 AccessDenied');
    expect(endpoint.held()).toEqual(atStart);
  });

  test('and where that is impossible, the report says so', async () => {
    const { report, endpoint } = await smoke(['list', 'read'], exactly(['list', 'read']), {}, ({ operation }) =>
      operation === 'DeleteObject' ? accessDenied : undefined,
    );
    expect(report.leftBehind.length).toBeGreaterThan(0);
    expect(report.leftBehind.length).toBe(endpoint.held().length - atStart.length);
  });
});

/** Refuses the tested credential everything but `abilities` under uploads/ and the excess of S3's upload listing. */
function exactly(abilities: readonly Ability[]): (request: FakeRequest) => OddAnswer | undefined {
  const abilityOf: Readonly<Record<string, Ability>> = {
    GetObject: 'read',
    PutObject: 'write',
    DeleteObject: 'delete',
    AbortMultipartUpload: 'multipart',
  };
  return ({ operation, bucket, key, prefix = '' }) => {
    if (bucket !== 'media') return accessDenied;
    if (operation === 'ListMultipartUploads') return abilities.includes('multipart') ? undefined : accessDenied;
    if (operation === 'ListObjectsV2')
      return prefix.startsWith('uploads/') && abilities.includes('list') ? undefined : accessDenied;
    const ability = abilityOf[operation];
    const holds = ability !== undefined && abilities.includes(ability) && key.startsWith('uploads/');
    return holds ? undefined : accessDenied;
  };
}

async function smoke(
  abilities: Ability[],
  tested: (request: FakeRequest) => OddAnswer | undefined,
  options: { [Name in keyof SmokeOptions]?: SmokeOptions[Name] | undefined } = {},
  administrator: (request: FakeRequest) => OddAnswer | undefined = () => undefined,
): Promise<{ report: Report; endpoint: FakeEndpoint }> {
  const endpoint = await open((request) => (request.keyId === 'tested' ? tested(request) : administrator(request)));
  const merged = { ...optionsAt(endpoint, abilities), ...options };
  const { decoyBucket, ...others } = merged;
  const report = await smokeGrant({ ...others, ...(decoyBucket === undefined ? {} : { decoyBucket }) } as SmokeOptions);
  return { report, endpoint };
}

async function open(rule: (request: FakeRequest) => OddAnswer | undefined): Promise<FakeEndpoint> {
  const endpoint = await fakeEndpoint(atStart, rule);
  endpoints.push(endpoint);
  return endpoint;
}

function optionsAt({ url }: FakeEndpoint, abilities: Ability[]): SmokeOptions {
  const location = {
    provider: 'aws',
    bucket: 'media',
    prefix: 'uploads/',
    region: 'eu-west-1',
    accountId: '000000000000',
    partition: 'aws',
  } as const;
  const grant: Grant = { access: 'media/source', location, abilities };
  const endpoint = { endpoint: url, region: 'eu-west-1' };
  return {
    grant,
    place: {
      kind: 'bucket',
      provider: 'aws',
      bucket: 'media',
      prefix: 'uploads/',
      ...endpoint,
      credentials: { accessKeyId: 'tested', secretAccessKey: 'any' },
    },
    administrator: {
      place: () => ({ ...endpoint, credentials: { accessKeyId: 'administrator', secretAccessKey: 'any' } }),
    },
    decoyBucket: 'decoy',
    canaries: true,
    outsideCanaries: true,
    greensInARow: 3,
    propagationTimeoutSeconds: 20,
    wait: () => Promise.resolve(),
  };
}

function checkOf(report: Report, id: string): Check {
  const check = report.checks.find((each) => each.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check;
}

function outcomesAt(report: Report, place: Check['place']): Set<Check['outcome']> {
  return new Set(report.checks.filter((check) => check.place === place).map(({ outcome }) => outcome));
}
