import { cachedPrograms } from '../../../scripts/conformance/programs.ts';
import { isAsExpected, Refused, scenario, type Step } from '../../../scripts/conformance/step.ts';
import type { World } from '../../../scripts/conformance/world.ts';
import { wrongKeys } from '../../../scripts/conformance/wrong-keys.ts';
import { seaweedfsDifferences, unexplained } from '../../../scripts/conformance/seaweedfs-differences.ts';

const world: World = {
  place: () => Promise.reject(new Error('no step here asks for a place')),
  programs: cachedPrograms(() => undefined),
};

const step = (what: string, run: () => Promise<string>, cloud: 'S3' | 'R2' = 'S3'): Step<object> => ({
  cloud,
  as: 'administrator',
  operation: 'PutObject',
  what,
  expected: 'done',
  run,
});

async function seenOf(steps: readonly Step<object>[], clouds: readonly ('S3' | 'R2')[] = ['S3', 'R2']) {
  let closed = 0;
  let done = 0;
  const story = scenario<object>({
    client: 'a client',
    steps,
    open: () => Promise.resolve({}),
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  });
  const rows = await story.run(world, clouds, () => done++);
  return { rows, closed, done };
}

describe('a scenario', () => {
  test('tells what each step saw, a refusal by its code, and anything else as an error; the rest goes on', async () => {
    const { rows, closed, done } = await seenOf([
      step('works', () => Promise.resolve('done')),
      step('is refused', () => Promise.reject(new Refused(403, 'AccessDenied'))),
      step('is refused without a body', () => Promise.reject(new Refused(404))),
      step('breaks', () => Promise.reject(new Error('no such\n  program'))),
    ]);
    expect(rows.map(({ seen }) => seen)).toEqual([
      'done',
      'refused: 403 AccessDenied',
      'refused: 404',
      'error: no such program',
    ]);
    expect(rows.map(isAsExpected)).toEqual([true, false, false, false]);
    expect([closed, done]).toEqual([1, 4]);
  });

  test('leaves out the steps of clouds that are not asked', async () => {
    const steps = [step('on S3', () => Promise.resolve('done')), step('on R2', () => Promise.resolve('done'), 'R2')];
    const { rows } = await seenOf(steps, ['S3']);
    expect(rows.map(({ what }) => what)).toEqual(['on S3']);
  });
});

describe('wrong keys', () => {
  test('are the right id with another secret, and another id of the same form', () => {
    const right = { accessKeyId: ['AK', 'IA', 'B2Z7'.repeat(4)].join(''), secretAccessKey: 'secret' };
    const { impostor, stranger } = wrongKeys(right);
    expect(impostor.accessKeyId).toBe(right.accessKeyId);
    expect(impostor.secretAccessKey).not.toBe(right.secretAccessKey);
    expect(stranger.accessKeyId).toMatch(/^[A-Z]{4}[A-Z2-7]{16}$/);
    expect(stranger.accessKeyId).not.toBe(right.accessKeyId);
  });
});

describe('a difference between SeaweedFS and the documentation', () => {
  const row = { client: 'boto3', cloud: 'S3', as: 'reader', operation: 'ListBuckets', what: 'all buckets' } as const;

  test('is explained where the table names its step', () => {
    expect(seaweedfsDifferences.flatMap(({ steps }) => steps)).toContain('reader ListBuckets, all buckets');
    expect(unexplained([{ ...row, expected: 'refused: 403 AccessDenied', seen: 'done' }])).toEqual([]);
  });

  test('is news where it does not', () => {
    const news = { ...row, as: 'writer', expected: 'refused: 403 AccessDenied', seen: 'done' };
    expect(unexplained([news])).toEqual([news]);
  });
});
