import { untilFound } from '../../../../sandbox/stand-ins/provider/until-found.ts';

const missing = new Error('NoSuchEntity');
const isMissing = (error: unknown): boolean => error === missing;

/** Answers from a list; an error is thrown. */
function answers(...list: (Error | string)[]): () => Promise<string> {
  return () => {
    const next = list.shift() ?? 'nothing left';
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
}

describe('a thing just made', () => {
  test('is asked for again while it is not found', async () => {
    await expect(untilFound(answers(missing, missing, 'here'), isMissing)).resolves.toBe('here');
  });

  test('is not asked for again when the answer is another error', async () => {
    const refused = new Error('AccessDenied');
    await expect(untilFound(answers(refused, 'here'), isMissing)).rejects.toBe(refused);
  });

  test('counts as lost when the time is over', async () => {
    await expect(untilFound(answers(missing, missing, missing, 'here'), isMissing, 60)).rejects.toBe(missing);
  });
});
