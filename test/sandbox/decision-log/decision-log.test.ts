import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDecisionFile } from '../../../sandbox/decision-log/decision-file.ts';
import { decisionLog } from '../../../sandbox/decision-log/decision-log.ts';
import { describeDecision, loggedDecisionSchema } from '../../../sandbox/decision-log/logged-decision.ts';
import type { LoggedDecision, NewDecision } from '../../../sandbox/decision-log/logged-decision.ts';

const at = new Date('2026-11-22T10:00:00.000Z');
const decision = (key: string, more: Partial<NewDecision> = {}): NewDecision => ({
  at,
  endpoint: 'aws',
  principal: 'arn:aws:iam::000000000000:user/reader',
  action: 'GetObject',
  bucket: 'media',
  key,
  verdict: 'allowed',
  because: 'policy "p" statement "Read"',
  ...more,
});
const nowhere = { append: () => undefined };
const everything = { after: 0, refusedOnly: false, decisionsMax: 1000 };
const keysOf = ({ decisions }: { decisions: readonly LoggedDecision[] }) => decisions.map(({ key }) => key);

describe('X5: the decision log keeps', () => {
  test('the latest decisions in order, so many and no more', () => {
    const log = decisionLog(nowhere, 3);
    for (const key of ['a', 'b', 'c', 'd']) log.record(decision(key));
    const page = log.page(everything);
    expect(keysOf(page)).toEqual(['b', 'c', 'd']);
    expect(page.last).toBe(4);
    expect(page.decisions[0]).toMatchObject({ number: 2, at: '2026-11-22T10:00:00.000Z' });
  });

  test('what follows a number, in pages that miss nothing', () => {
    const log = decisionLog(nowhere);
    for (const key of ['a', 'b', 'c']) log.record(decision(key));
    const first = log.page({ ...everything, decisionsMax: 2 });
    expect(keysOf(first)).toEqual(['a', 'b']);
    expect(keysOf(log.page({ ...everything, after: first.last }))).toEqual(['c']);
    expect(log.page({ ...everything, after: 3 })).toEqual({ decisions: [], last: 3 });
  });

  test('refusals apart, and goes past what it does not show', () => {
    const log = decisionLog(nowhere);
    for (const [key, verdict] of Object.entries({
      a: 'implicitly-denied',
      b: 'allowed',
      c: 'unidentified',
      d: 'allowed',
    } as const)) {
      log.record(decision(key, { verdict }));
    }
    const page = log.page({ ...everything, refusedOnly: true });
    expect(keysOf(page)).toEqual(['a', 'c']);
    expect(page.last).toBe(4);
  });
});

describe('waiting for a decision ends', () => {
  test('with the next one', async () => {
    const log = decisionLog(nowhere);
    const waited = log.beyond(0, new AbortController().signal);
    log.record(decision('a'));
    await waited;
    await log.beyond(0, new AbortController().signal);
  });

  test('with the signal, and nothing is left waiting', async () => {
    const log = decisionLog(nowhere);
    const gone = new AbortController();
    const waited = log.beyond(0, gone.signal);
    gone.abort();
    await waited;
    await log.beyond(0, AbortSignal.abort());
  });
});

describe('a decision told to people', () => {
  const told = (more: Partial<NewDecision>): string =>
    describeDecision({ ...decision('uploads/a', more), number: 1, at: at.toISOString() });

  test('says when, what, who, where and why', () => {
    const copy = told({ copySource: { bucket: 'other', key: 'b' } });
    expect(copy).toMatch(
      /^2026-11-22T10:00:00.000Z {2}allowed .*user\/reader.*GetObject media\/uploads\/a from other\/b/,
    );
    expect(copy).toContain('statement "Read"');
    expect(
      describeDecision({
        number: 1,
        at: at.toISOString(),
        endpoint: 'edge',
        action: 'GET',
        verdict: 'unidentified',
        because: 'x',
      }),
    ).toContain('somebody unknown');
  });

  test('cannot move the cursor of a terminal', () => {
    expect(told({ key: 'a\u001b[2Jb\r\n\u202e' })).toContain('a\\u{1b}[2Jb\\u{d}\\u{a}\\u{202e}');
  });
});

describe('X5: decisions on disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'sluice-decisions-')), 'decisions');
  });
  afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));
  const lines = async (name: string) =>
    (await readFile(join(directory, name), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => loggedDecisionSchema.parse(JSON.parse(line)));

  test('are one JSON document a line, for the owner only, and outlive the process', async () => {
    for (const key of ['first', 'line\nbreak']) {
      const file = await openDecisionFile(directory);
      decisionLog(file).record(decision(key));
      await file.close();
    }
    expect((await lines('current.jsonl')).map(({ key }) => key)).toEqual(['first', 'line\nbreak']);
    expect((await stat(join(directory, 'current.jsonl'))).mode & 0o777).toBe(0o600);
  });

  test('stay below a size: the full file becomes the previous one, which is then forgotten', async () => {
    for (const key of ['a', 'b', 'c']) {
      const file = await openDecisionFile(directory, 1);
      decisionLog(file).record(decision(key));
      await file.close();
    }
    expect((await readdir(directory)).sort()).toEqual(['current.jsonl', 'previous.jsonl']);
    expect((await lines('previous.jsonl')).map(({ key }) => key)).toEqual(['b']);
    expect((await lines('current.jsonl')).map(({ key }) => key)).toEqual(['c']);
  });
});
