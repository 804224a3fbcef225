import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { UserError } from '../../base/user-error.ts';
import { auditFile, auditText } from '../../scripts/access-audit.ts';
import { checkout, runNode } from '../support/command-line.ts';

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::media-prod/uploads/*' };
const policy = (change: object = {}, document: object = {}): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...change }], ...document });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-bad-policy-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(directory, 'policy.json');
  await writeFile(file, content);
  return file;
}

describe('S3: a policy that cannot be read is refused with its place', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /document.*is not JSON/s],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x7b]), /document.*is not JSON/s],
    ['JSON behind a byte order mark', `\ufeff${policy()}`, /document.*is not JSON/s],
    ['an element twice', policy().replace('{"Effect"', '{"Effect":"Deny","Effect"'), /Statement\[0\]\.Effect.*twice/s],
    ['an unknown element of the document', policy({}, { statement: [] }), /document.*unknown element "statement"/s],
    [
      'an element that objects inherit',
      policy().replace('"Version"', '"__proto__":{},"Version"'),
      /unknown element "__proto__"/,
    ],
    [
      'an action without its service',
      policy({ Action: 'GetObject' }),
      /Statement\[0\]\.Action\[0\].*is not an action/s,
    ],
    [
      'an operator that is none',
      policy({ Condition: { Equals: { 'aws:SourceIp': 'a' } } }),
      /Statement\[0\]\.Condition\.Equals/,
    ],
    [
      'an address that is none',
      policy({ Condition: { IpAddress: { 'aws:SourceIp': '300.1.1.1' } } }),
      /Statement\[0\]\.Condition\.IpAddress/,
    ],
    ['5 MB', policy({ Sid: 'x'.repeat(5 * 1024 * 1024) }), /at most 131072/],
    [
      'deep objects',
      policy().replace('"Allow"', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
      /nests deeper than 16 levels/,
    ],
    [
      'a token without resources',
      '[{"effect":"allow","permission_groups":[],"resources":7}]',
      /policies\[0\]\.resources/,
    ],
  ])('%s', async (_case, content, message) => {
    const audited = auditFile(await fileOf(content), {});
    await expect(audited).rejects.toBeInstanceOf(UserError);
    await expect(audited).rejects.toThrow(message);
  });

  test.each<[string, object, string, RegExp]>([
    [
      'an action that does not exist',
      { Action: ['s3:GetObject', 's3:Dance'] },
      'Statement[0].Action[1]',
      /no action of s3/,
    ],
    [
      'an action of an unknown service',
      { Action: ['s3:GetObject', 'ballet:Dance'] },
      'Statement[0].Action[1]',
      /ballet/,
    ],
    [
      'a condition that the action does not support',
      { Condition: { StringLike: { 's3:prefix': 'uploads/*' } } },
      'Statement[0].Condition.StringLike.s3:prefix',
      /never sends "s3:prefix"/,
    ],
  ])('%s is read, and named with its place', (_case, change, place, what) => {
    const { findings } = auditText('policy.json', policy(change), {});
    const named = findings.filter((finding) => finding.place === place).map((finding) => finding.what);
    expect(named).toEqual([expect.stringMatching(what)]);
  });

  test('whatever is done to its text, the audit has a result or an error for its reader', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'null',
      '7',
      '${',
      '*',
      '"Deny"',
      '"Condition":{}',
      '\u0000',
      '😀',
    ];
    const original = policy({ Condition: { StringLike: { 's3:prefix': ['uploads/*', '${aws:username}'] } } });
    const change = fc.record({ at: fc.nat(original.length), drop: fc.nat(20), insert: fc.constantFrom('', ...pieces) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const text = changes.reduce(
          (before, { at, drop, insert }) => before.slice(0, at) + insert + before.slice(at + drop),
          original,
        );
        try {
          auditText('policy.json', text, {});
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('the command says it in a sentence, without a stack trace', async () => {
    const file = await fileOf(policy({ Actions: 's3:*' }));
    const { exitCode, stdout, stderr } = await runNode([join(checkout, 'scripts/sluice.ts'), 'access', 'audit', file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/Statement\[0\].*unknown element "Actions"/s);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
