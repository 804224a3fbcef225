import type { IncomingMessage } from 'node:http';
import { type DomainOptions, judgeStranger, smokeDomain } from '../../proof/domain.ts';
import type { Report } from '../../proof/report.ts';
import { type EdgeAnswer, type FakeEdge, fakeEdge } from './fake-edge.ts';

const hostname = 'files.example.test';
const canary = { key: '.sluice-canary/ü x/domain', body: 'a canary' };
const token = { name: 'reader', clientId: 'id.access', clientSecret: 'right' };
const login = { status: 302, location: `https://team.cloudflareaccess.com/cdn-cgi/access/login/${hostname}?kid=1` };
const object = { status: 200, body: canary.body };
const edges: FakeEdge[] = [];

afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.close()));
});

describe('A5: a protected domain', () => {
  test('passes when strangers are sent to log in and the service token is served', async () => {
    const report = await smoke((request) => (mayRead(request) ? object : login));
    expect(report.checks.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed', 'passed', 'passed']);
    expect(report.verdict.outcome).toBe('passed');
  });

  test('passes when strangers get 403, once the token was served', async () => {
    expect((await smoke((request) => (mayRead(request) ? object : { status: 403 }))).verdict.outcome).toBe('passed');
  });

  test('fails when anyone is served', async () => {
    const report = await smoke(() => object);
    expect(report.verdict.findings['too-much']).toEqual([
      `${hostname} refuses anonymous GET`,
      `${hostname} refuses anonymous HEAD`,
      `${hostname} refuses a wrong secret of reader`,
    ]);
  });

  test('fails when only HEAD is open', async () => {
    const report = await smoke((request) => (request.method === 'HEAD' || mayRead(request) ? object : login));
    expect(report.verdict.findings['too-much']).toEqual([`${hostname} refuses anonymous HEAD`]);
  });

  test('fails when the secret is not looked at', async () => {
    const report = await smoke((request) => ('cf-access-client-id' in request.headers ? object : login));
    expect(report.verdict.findings['too-much']).toEqual([`${hostname} refuses a wrong secret of reader`]);
  });

  test('fails when the service token is refused, and a 403 then proves nothing', async () => {
    const report = await smoke(() => ({ status: 403 }));
    expect(report.verdict.findings['too-little']).toEqual([`${hostname} serves service token reader`]);
    expect(report.verdict.counts).toEqual({ passed: 1, failed: 1, 'not-proven': 3 });
  });

  test('fails when the token gets something else than the object', async () => {
    const report = await smoke((request) => (mayRead(request) ? { status: 200, body: 'parked' } : login));
    expect(report.verdict.findings.unclear).toEqual([`${hostname} serves service token reader`]);
  });

  test('is asked again while it is not active yet', async () => {
    let asked = 0;
    const report = await smoke((request) => {
      asked += 1;
      if (asked < 4) return asked % 2 === 0 ? 'hang up' : { status: 522 };
      return mayRead(request) ? object : login;
    });
    expect(report.verdict.outcome).toBe('passed');
  });

  test('without a service token passes on the login redirect alone', async () => {
    const report = await smoke(() => login, { serviceTokens: [] });
    expect(report.verdict).toMatchObject({ outcome: 'passed', counts: { passed: 3, failed: 0 } });
  });

  test('no secret stands in the report', async () => {
    const report = await smoke((request) => (mayRead(request) ? object : login));
    expect(JSON.stringify(report)).not.toContain(token.clientSecret);
  });
});

describe('A4: the r2.dev address', () => {
  const managed = 'pub-0.r2.dev';

  test('that is on fails and is named', async () => {
    const report = await smoke((request) => (request.headers.host === managed || mayRead(request) ? object : login), {
      managedDomain: { enabled: true, hostname: managed },
    });
    expect(report.verdict.findings['too-much']).toEqual([
      `${hostname} has r2.dev off`,
      `${hostname} is not served by r2.dev`,
    ]);
    expect(report.checks.at(-2)?.because).toContain(managed);
  });

  test('that is off passes, by its configuration and by a request', async () => {
    const report = await smoke(
      (request) => {
        if (request.headers.host === managed) return { status: 401 };
        return mayRead(request) ? object : login;
      },
      { managedDomain: { enabled: false, hostname: managed } },
    );
    expect(report.verdict.counts).toEqual({ passed: 6, failed: 0, 'not-proven': 0 });
  });

  test('that does not answer is not proven', async () => {
    const report = await smoke(
      (request) => {
        if (request.headers.host === managed) return 'hang up';
        return mayRead(request) ? object : login;
      },
      { managedDomain: { enabled: false, hostname: managed } },
    );
    expect(report.verdict.counts['not-proven']).toBe(1);
  });
});

describe('A5: what a stranger gets', () => {
  test.each<[string, { status: number; location?: string }, boolean, string]>([
    ['200', { status: 200 }, true, 'failed'],
    ['206', { status: 206 }, true, 'failed'],
    ['a redirect to login', login, false, 'passed'],
    ['a redirect elsewhere', { status: 302, location: 'https://example.test/' }, true, 'failed'],
    ['401 after a control', { status: 401 }, true, 'passed'],
    ['403 after a control', { status: 403 }, true, 'passed'],
    ['403 without a control', { status: 403 }, false, 'not-proven'],
    ['404', { status: 404 }, true, 'failed'],
    ['500', { status: 500 }, true, 'failed'],
    ['nothing', { status: 0 }, true, 'failed'],
  ])('%s', (_name, answer, controlled, outcome) => {
    expect(judgeStranger({ body: '', ...answer }, controlled).outcome).toBe(outcome);
  });
});

function mayRead({ headers }: IncomingMessage): boolean {
  return headers['cf-access-client-id'] === token.clientId && headers['cf-access-client-secret'] === token.clientSecret;
}

/** Answers `rule` for the canary under the right names; anything else is a 404. */
async function smoke(
  rule: (request: IncomingMessage) => EdgeAnswer | 'hang up',
  options: Partial<DomainOptions> = {},
): Promise<Report> {
  const edge = await fakeEdge((request) => {
    const known = [hostname, options.managedDomain?.hostname].includes(request.headers.host);
    return known && request.url === '/.sluice-canary/%C3%BC%20x/domain' ? rule(request) : { status: 404 };
  });
  edges.push(edge);
  return smokeDomain({
    hostname,
    edge,
    canary,
    serviceTokens: [token],
    managedDomain: { enabled: false },
    propagationTimeoutSeconds: 20,
    wait: () => Promise.resolve(),
    ...options,
  });
}
