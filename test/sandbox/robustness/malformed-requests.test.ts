import { chanceOf } from './chance.ts';
import { type ListenerUnderFire, type SandboxUnderFire, startSandboxUnderFire } from './listeners-under-fire.ts';
import type { MalformedRequest } from './malformed-request.ts';
import { WireClient, type WireAnswer } from './wire-client.ts';

const seed = Number(process.env['SLUICE_FUZZ_SEED'] ?? 20261122);
const requestsAll = Number(process.env['SLUICE_FUZZ_REQUESTS'] ?? 10_000);

/** What an answer did wrong; undefined where it refused as it should. */
function complaint(
  listener: ListenerUnderFire,
  request: MalformedRequest,
  answers: readonly WireAnswer[],
): string | undefined {
  if (answers.length === 0) return request.noHttp ? undefined : 'no answer';
  const bad = answers.find((answer) => !isClientError(answer, request));
  if (bad !== undefined) return `${bad.status} ${bad.body.slice(0, 300)}`;
  const [first] = answers;
  // HEAD has no body, and node answers in its own words what is no HTTP.
  if (first === undefined || request.method === 'HEAD' || request.noHttp) return undefined;
  return listener.isRefusal(first)
    ? undefined
    : `not in the provider's form: ${first.status} ${first.body.slice(0, 300)}`;
}

/** S3's and Cloudflare's word for what a provider lacks is 501, which is no failure of the sandbox. */
function isClientError({ status, body }: WireAnswer, { method }: MalformedRequest): boolean {
  if (status === 501) return method === 'HEAD' || /<Code>NotImplemented<|"success":false/.test(body);
  return status >= 400 && status <= 499;
}

/** A request as a failed test may show it: without its keys. */
function shown({ bytes }: MalformedRequest): string {
  return bytes
    .toString('latin1')
    .replace(/^authorization: .*$/m, 'authorization: ..')
    .slice(0, 600);
}

// Ten thousand requests take a while where others use the machine too.
jest.setTimeout(300_000);

describe('X5: malformed requests', () => {
  let sandbox: SandboxUnderFire;
  beforeAll(async () => {
    sandbox = await startSandboxUnderFire();
  });
  afterAll(() => sandbox.stop());

  test(`${requestsAll} of them get a 4xx in the provider's form and change nothing`, async () => {
    const before = await sandbox.state();
    const complaints = new Map<string, string>();
    const kinds = new Map<string, number>();
    const fire = async (listener: ListenerUnderFire): Promise<void> => {
      const chance = chanceOf(seed);
      const client = new WireClient(listener.port);
      const count = Math.ceil((requestsAll * listener.share) / 100);
      for (let index = 0; index < count; index += 1) {
        const request = listener.request(chance, index);
        const kind = `${listener.name}: ${request.kind}`;
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        const answers = await client.ask(request);
        const wrong = complaint(listener, request, answers);
        if (wrong !== undefined) complaints.set(`${kind}: ${wrong.replace(/<RequestId>.*/s, '')}`, shown(request));
      }
      client.close();
    };
    await Promise.all(sandbox.listeners.map(fire));
    const sent = [...kinds.values()].reduce((sum, count) => sum + count, 0);
    console.info(`${sent} malformed requests of ${kinds.size} kinds, seed ${seed}`);
    expect(Object.fromEntries([...complaints].slice(0, 40))).toEqual({});
    expect(await sandbox.state()).toEqual(before);
    expect(await sandbox.log()).toMatch(/^\S+ ready, process \d+\n$/);
    expect(sent).toBeGreaterThanOrEqual(requestsAll);
  });

  test('and the sandbox is the process that it was', async () => {
    const { control, pid } = sandbox.status;
    expect(await (await fetch(`${control.url}/health`)).json()).toMatchObject({ pid });
  });
});
