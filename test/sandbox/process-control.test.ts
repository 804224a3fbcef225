import type { LoopbackServer } from '../../sandbox/process-server.ts';
import { UserError } from '../../base/user-error.ts';
import { decisionLog } from '../../sandbox/decision-log/decision-log.ts';
import type { DecisionLog } from '../../sandbox/decision-log/decision-log.ts';
import type { NewDecision } from '../../sandbox/decision-log/logged-decision.ts';
import { openMisbehaviour } from '../../sandbox/misbehaviour/misbehaviour.ts';
import { controlListener } from '../../sandbox/process-control.ts';
import { askDecisions, askMisbehaviours, tellMisbehaviours } from '../../sandbox/process-control-client.ts';
import { listenOnLoopback } from '../../sandbox/process-server.ts';

let decisions: DecisionLog;
let server: LoopbackServer;
beforeEach(async () => {
  decisions = decisionLog({ append: () => undefined });
  const misbehaviour = openMisbehaviour();
  const health = { version: '0.0.0', pid: process.pid };
  const github = {
    isJob: (authorization?: string) => authorization === 'Bearer a job',
    mint: ({ subject, audience }: { subject: string; audience: string }) => Promise.resolve(`${subject} ${audience}`),
  };
  server = await listenOnLoopback('control', 0, controlListener({ health, decisions, misbehaviour, github }));
});
afterEach(() => server.stop());

const refused: NewDecision = {
  at: new Date('2026-11-22T10:00:00.000Z'),
  endpoint: 'r2Default',
  principal: 'token 1',
  action: 'PutObject',
  bucket: 'media',
  key: 'a',
  verdict: 'implicitly-denied',
  because: 'no permission group of the token lets it write',
};

describe('X5: the control endpoint tells decisions', () => {
  test('after a number, all or the refused ones', async () => {
    decisions.record({ ...refused, verdict: 'allowed' });
    decisions.record(refused);
    const all = await askDecisions(server.url, { after: 0, refusedOnly: false });
    expect(all.decisions.map(({ number, verdict }) => [number, verdict])).toEqual([
      [1, 'allowed'],
      [2, 'implicitly-denied'],
    ]);
    expect(await askDecisions(server.url, { after: 0, refusedOnly: true })).toMatchObject({
      decisions: [{ number: 2, because: refused.because }],
      last: 2,
    });
    expect(await askDecisions(server.url, { after: 2, refusedOnly: false })).toEqual({ decisions: [], last: 2 });
  });

  test('as they fall, to who waits', async () => {
    const waiting = askDecisions(server.url, { after: 0, refusedOnly: false, waitSeconds: 10 });
    await fetch(`${server.url}/health`);
    decisions.record(refused);
    expect((await waiting).last).toBe(1);
  });

  test('and refuses what it does not understand', async () => {
    for (const query of ['after=-1', 'after=x', 'refused=maybe', 'limit=0', 'waitSeconds=1000', 'key=a']) {
      expect((await fetch(`${server.url}/decisions?${query}`)).status).toBe(400);
    }
  });
});

describe('the control endpoint sets misbehaviour', () => {
  test('and shows and ends it', async () => {
    const rule = { fault: { kind: 'latency', delayMs: 100 }, endpoints: ['aws'], operations: ['Get*'] };
    const told = await tellMisbehaviours(server.url, { seed: 7, rules: [rule] });
    expect(told).toMatchObject({ seed: 7, rules: [{ ...rule, probability: 1, happened: 0 }] });
    expect(await askMisbehaviours(server.url)).toEqual(told);
    expect(await tellMisbehaviours(server.url, undefined)).toMatchObject({ rules: [] });
  });

  test.each([
    ['an unknown kind', { fault: { kind: 'flood' } }, 'rules.0.fault.kind'],
    ['an unknown field', { fault: { kind: 'error', status: 500 }, operation: 'GetObject' }, 'rules.0'],
    ['a success as an error', { fault: { kind: 'error', status: 200 } }, 'rules.0.fault.status'],
    ['an impossible chance', { fault: { kind: 'stall' }, probability: 2 }, 'rules.0.probability'],
    ['an unknown endpoint', { fault: { kind: 'stall' }, endpoints: ['control'] }, 'rules.0.endpoints.0'],
    ['a key delay by key', { fault: { kind: 'key-delay' }, keys: 'a*' }, 'rules.0.keys'],
  ])('but not %s, whose place it names', async (_name, rule, where) => {
    const error: unknown = await tellMisbehaviours(server.url, { rules: [rule] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).where).toBe(where);
    expect(await askMisbehaviours(server.url)).toMatchObject({ rules: [] });
  });

  test('nor what is no JSON', async () => {
    expect((await fetch(`${server.url}/misbehaviours`, { method: 'PUT', body: '{' })).status).toBe(400);
  });
});

describe('S8: a job of GitHub Actions asks for its token', () => {
  const ask = (bearer: string, query = 'subject=repo:a/b:ref:refs/heads/main&audience=sts.amazonaws.com') =>
    fetch(`${server.url}/github-token?${query}`, { headers: { authorization: bearer } });

  test('and gets it', async () => {
    const answer = await ask('Bearer a job');
    expect(await answer.json()).toEqual({ value: 'repo:a/b:ref:refs/heads/main sts.amazonaws.com' });
  });

  test('and nobody else gets one', async () => {
    expect((await ask('Bearer somebody')).status).toBe(401);
  });

  test('and says for whom it is', async () => {
    expect((await ask('Bearer a job', 'subject=repo:a/b:ref:refs/heads/main')).status).toBe(400);
  });
});
