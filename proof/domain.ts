import { randomBytes } from 'node:crypto';
import {
  type HostnameAnswer,
  type HostnameRequest,
  type HostnameRoute,
  askHostname,
  hostnameAgent,
} from './hostname.ts';
import { type Wait, askUntil } from './patience.ts';
import { type Check, type Finding, type DomainReport, answerInWords, verdictOf } from './report.ts';

export interface DomainOptions extends HostnameRoute {
  /** An object that is in the bucket now, and what it holds; `withDomainCanary` makes one. */
  readonly canary: { readonly key: string; readonly body: string };
  /** Tokens that must be served. */
  readonly serviceTokens: readonly ServiceTokenKeys[];
  /** The bucket's r2.dev address, as the Cloudflare API tells it (`GET domains/managed`): Pulumi sees no drift there. */
  readonly managedDomain: { readonly enabled: boolean; readonly hostname?: string };
  /** How long a fresh domain may take until a service token is served (certificate, DNS, token). */
  readonly propagationTimeoutSeconds: number;
  readonly wait?: Wait;
  readonly signal?: AbortSignal;
}

export interface ServiceTokenKeys {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Looks at a protected hostname from outside: anonymous must be refused, each service token served, a wrong secret
 * refused, r2.dev off. Harmless: it only reads the canary. Never throws for what it sees; that is in the report.
 *
 * The tokens come first: once one was served, a 401 or 403 to a stranger can only be a refusal.
 */
export async function smokeDomain(options: DomainOptions): Promise<DomainReport> {
  const startedAt = performance.now();
  const agent = hostnameAgent();
  try {
    const ask = (call: Omit<HostnameRequest, 'key'>): Promise<HostnameAnswer> =>
      askHostname(options, { ...call, key: options.canary.key }, agent);
    const served = await Promise.all(options.serviceTokens.map((token) => checkServed(token, options, ask)));
    const controlled = served.some(({ outcome }) => outcome === 'passed');
    const strangers = await Promise.all([
      ...(['GET', 'HEAD'] as const).map((method) => checkAnonymous(method, controlled, options, ask)),
      ...options.serviceTokens.map((token) => checkWrongSecret(token, controlled, options, ask)),
    ]);
    const managed = await checkManagedDomain(options, (hostname) =>
      askHostname({ ...options, hostname }, { method: 'GET', key: options.canary.key }, agent),
    );
    const checks = [...served, ...strangers, ...managed];
    return {
      kind: 'domain',
      subject: options.hostname,
      where: `https://${options.hostname}/`,
      checks,
      verdict: verdictOf(checks),
      leftBehind: [],
      durationMs: Math.round(performance.now() - startedAt),
    };
  } finally {
    await agent.close();
  }
}

type Ask = (call: Omit<HostnameRequest, 'key'>) => Promise<HostnameAnswer>;

async function checkServed(token: ServiceTokenKeys, options: DomainOptions, ask: Ask): Promise<Check> {
  const isServed = ({ status, body }: HostnameAnswer): boolean => status === 200 && body === options.canary.body;
  const answer = await askUntil({
    ask: () => ask({ method: 'GET', headers: tokenHeaders(token) }),
    isDone: isServed,
    timeoutSeconds: options.propagationTimeoutSeconds,
    wait: options.wait,
    signal: options.signal,
  });
  const check = describe(
    {
      id: `${options.hostname} serves service token ${token.name}`,
      operation: 'GET',
      how: `as service token ${token.name}`,
      expect: 'allowed',
    },
    answer,
  );
  if (isServed(answer)) return { ...check, outcome: 'passed', because: 'a service token gets the object' };
  const because = `service token ${token.name} does not get the object: ${answerInWords(answer)}`;
  return fail(check, answer.status === 200 || answer.status === 0 ? 'unclear' : 'too-little', because);
}

async function checkAnonymous(
  method: 'GET' | 'HEAD',
  controlled: boolean,
  options: DomainOptions,
  ask: Ask,
): Promise<Check> {
  const answer = await askUntil({
    ask: () => ask({ method }),
    isDone: (each) => judgeStranger(each, true).outcome === 'passed' || isServedToAnyone(each),
    // A service token that was served shows that the domain is up: nothing left to wait for.
    timeoutSeconds: controlled ? 0 : options.propagationTimeoutSeconds,
    wait: options.wait,
    signal: options.signal,
  });
  const check = describe(
    { id: `${options.hostname} refuses anonymous ${method}`, operation: method, how: 'as anybody', expect: 'refused' },
    answer,
  );
  return { ...check, ...judgeStranger(answer, controlled) };
}

async function checkWrongSecret(
  token: ServiceTokenKeys,
  controlled: boolean,
  options: DomainOptions,
  ask: Ask,
): Promise<Check> {
  const wrong = { ...token, clientSecret: randomBytes(32).toString('hex') };
  const answer = await ask({ method: 'GET', headers: tokenHeaders(wrong) });
  const check = describe(
    {
      id: `${options.hostname} refuses a wrong secret of ${token.name}`,
      operation: 'GET',
      how: `with a wrong secret of ${token.name}`,
      expect: 'refused',
    },
    answer,
  );
  return { ...check, ...judgeStranger(answer, controlled) };
}

/**
 * Whether a stranger was kept out.
 *
 * | answer                              | after a positive control | without one      |
 * | ----------------------------------- | ------------------------ | ---------------- |
 * | any 2xx                             | failed too-much          | failed too-much  |
 * | redirect to Access' login           | passed                   | passed           |
 * | 401, 403                            | passed                   | not proven       |
 * | anything else; a 404 may come from the bucket itself | failed unclear | failed unclear |
 */
export function judgeStranger(
  answer: HostnameAnswer,
  controlled: boolean,
): Pick<Check, 'outcome' | 'because'> | Pick<Check, 'outcome' | 'because' | 'finding'> {
  const words = answerInWords(answer);
  if (isServedToAnyone(answer)) {
    return { outcome: 'failed', finding: 'too-much', because: `the object is served to strangers: ${words}` };
  }
  if (isLogin(answer)) return { outcome: 'passed', because: 'a stranger is sent to log in' };
  if (answer.status === 401 || answer.status === 403) {
    if (controlled) return { outcome: 'passed', because: 'a stranger is refused' };
    return { outcome: 'not-proven', because: `${words}, but no service token was served to compare with` };
  }
  return { outcome: 'failed', finding: 'unclear', because: `neither served nor refused: ${words}` };
}

function isServedToAnyone({ status }: HostnameAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Access redirects strangers to its login page (Cloudflare One documentation, "Authorization cookie"). */
function isLogin({ status, location }: HostnameAnswer): boolean {
  return status === 302 && location?.includes('/cdn-cgi/access/login') === true;
}

async function checkManagedDomain(
  { hostname, managedDomain }: DomainOptions,
  ask: (hostname: string) => Promise<HostnameAnswer>,
): Promise<Check[]> {
  const check = { ability: 'serve', place: 'r2.dev', expect: 'refused' } as const;
  const configured = { ...check, id: `${hostname} has r2.dev off`, operation: 'configuration' } as const;
  const address = managedDomain.hostname ?? 'the r2.dev address';
  const checks: Check[] = [
    managedDomain.enabled
      ? fail(configured, 'too-much', `${address} is on and serves the bucket past Access; switch r2.dev off`)
      : { ...configured, outcome: 'passed', because: 'r2.dev is off' },
  ];
  if (managedDomain.hostname === undefined) return checks;

  const answer = await ask(managedDomain.hostname);
  const asked = {
    ...check,
    id: `${hostname} is not served by r2.dev`,
    operation: 'GET',
    seen: seenIn(answer),
  } as const;
  const words = answerInWords(answer);
  if (isServedToAnyone(answer)) {
    return [...checks, fail(asked, 'too-much', `${address} serves the object past Access: ${words}`)];
  }
  if ([401, 403, 404].includes(answer.status)) {
    return [...checks, { ...asked, outcome: 'passed', because: 'r2.dev does not serve the object' }];
  }
  return [...checks, { ...asked, outcome: 'not-proven', because: `${address} could not be asked: ${words}` }];
}

function tokenHeaders({ clientId, clientSecret }: ServiceTokenKeys): Record<string, string> {
  return { 'CF-Access-Client-Id': clientId, 'CF-Access-Client-Secret': clientSecret };
}

function describe(
  { id, operation, how, expect }: Pick<Check, 'id' | 'expect' | 'how'> & { readonly operation: 'GET' | 'HEAD' },
  answer: HostnameAnswer,
) {
  return {
    id,
    ability: 'serve',
    place: 'hostname',
    operation,
    ...(how && { how }),
    expect,
    seen: seenIn(answer),
  } as const;
}

function seenIn({ status, code }: HostnameAnswer): { status: number; code?: string } {
  return { status, ...(code === undefined ? {} : { code }) };
}

function fail(check: Omit<Check, 'outcome' | 'because' | 'finding'>, finding: Finding, because: string): Check {
  return { ...check, outcome: 'failed', finding, because };
}
