import { fileKeyProblem, isTemporary, temporaryName } from '../../engine/file-key.ts';
import { keyCheck } from '../../engine/key-check.ts';

const fold = (key: string) => key.normalize('NFC').toLowerCase();

/** Which of the keys, in their order, a destination of this kind could not hold. */
async function refused(
  keys: readonly string[],
  kind: { hasDirectories?: boolean; canonicalKey?: (key: string) => string },
) {
  const source = {
    find: (key: string) =>
      Promise.resolve(keys.includes(key) ? { key, sizeBytes: 0, modifiedAt: new Date(0) } : undefined),
  };
  const check = keyCheck(source, {
    keyProblem: () => undefined,
    canonicalKey: (key) => key,
    hasDirectories: false,
    ...kind,
  });
  const problems: string[] = [];
  for (const key of keys) if ((await check.problemOf(key)) !== undefined) problems.push(key);
  return { problems, check };
}

describe('where a file and a directory cannot share a name', () => {
  const refusedAsFiles = async (keys: string[]) => (await refused(keys, { hasDirectories: true })).problems;

  test('what lies below an object fails, however many keys sort between', async () => {
    expect(await refusedAsFiles(['a', 'a!', 'a-b', 'a.txt', 'a/b', 'a/c/d', 'b/c', 'b0'])).toEqual(['a/b', 'a/c/d']);
  });

  test('what only begins alike does not', async () => {
    expect(await refusedAsFiles(['a', 'a-b', 'ab/c', 'b', 'b.d/e'])).toEqual([]);
  });
});

describe('where case does not count', () => {
  const refusedFolded = async (keys: string[]) => (await refused(keys, { canonicalKey: fold })).problems;

  test('the canonical spelling is copied and the others fail', async () => {
    expect(await refusedFolded(['A', 'a'])).toEqual(['A']);
  });

  test('of two spellings that are not canonical the first is copied', async () => {
    expect(await refusedFolded(['README', 'Readme', 'readme2'])).toEqual(['Readme']);
  });

  test('a copied key in another spelling is never deleted', async () => {
    const { check } = await refused(['Ab'], { canonicalKey: fold });
    expect([check.spares('ab'), check.spares('AB'), check.spares('b')]).toEqual([true, true, false]);
  });
});

describe('a key can be a file where', () => {
  test.each(['a', 'a/b', '...', '.a', 'a..', ' ', '-', '~', 'a\\b', 'x'.repeat(255), 'é'.repeat(127), 'CON', '\u0001'])(
    '%j',
    (key) => expect(fileKeyProblem(key)).toBeUndefined(),
  );
});

describe('a key cannot be a file where', () => {
  test.each([
    ['/a', 'absolute'],
    ['a/', 'ends with'],
    ['a//b', '//'],
    ['..', '".."'],
    ['a/../b', '".."'],
    ['a/..', '".."'],
    ['./a', '"."'],
    ['a\0b', 'NUL'],
    ['x'.repeat(256), '256 bytes'],
    ['é'.repeat(128), '256 bytes'],
    [`a/${temporaryName()}`, 'temporary'],
  ])('%j', (key, problem) => {
    expect(fileKeyProblem(key)).toContain(problem);
  });
});

test('a temporary name is known for one, and what only resembles it is not', () => {
  expect(isTemporary(temporaryName())).toBe(true);
  expect(isTemporary('.sluice-x.part')).toBe(false);
  expect(temporaryName()).not.toBe(temporaryName());
});
