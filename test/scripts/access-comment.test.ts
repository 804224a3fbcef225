import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { accessDiff } from '../../policies/access-diff/access-diff.ts';
import { accessFile, formatAccessFile } from '../../policies/access-file.ts';
import { parseConfiguration } from '../../policies/configuration.ts';
import { accessComment, commentMarker, reviewAccess, reviewExitCode } from '../../scripts/access-comment.ts';
import { accessFilePath, declaredAccess } from '../../scripts/access-source.ts';
import { renderAccessDiff, renderAccessDiffMarkdown } from '../../scripts/render-access-diff.ts';
import { productionValues } from '../policies/fixtures/values.ts';
import { checkout, runNode } from '../support/command-line.ts';
import { type ReviewedRepository, reviewedRepository } from './reviewed-repository.ts';

let repository: ReviewedRepository;
beforeEach(async () => {
  repository = await reviewedRepository();
});
afterEach(() => repository.dispose());

const review = () => reviewAccess('main', repository.directory);

/** The recorded pull request: a source widens, people are let in, a credential rotates, a migration stops to write. */
const recordedChange = (text: string) =>
  text
    .replace('bucket: media-prod, prefix: uploads/', 'bucket: media-prod, prefix: ""')
    .replace(
      'include: [{ emailDomain: acme.com }]',
      'include: [{ emailDomain: acme.com }, { emailDomain: partner.example }]',
    )
    .replace('          previous: { generation: 1, issuedOn: "2026-08-24", state: enabled }\n', '')
    .replace('- name: laptop\n      operation: copy', '- name: laptop\n      operation: verify')
    .concat(
      '  sluice:approvedWidenings:\n    - { access: domain/files.acme.com, abilities: [serve], where: "r2://media.eu/", reason: "the partner reads", approvedBy: "security@acme.com", until: "2999-12-31" }\n',
    );

describe('X4: the comment on a pull request', () => {
  test('is silent where nothing changes', async () => {
    const diffs = await review();
    expect(accessComment(diffs)).toBeUndefined();
    expect(reviewExitCode(diffs)).toBe(0);
  });

  test('docs/review.md shows it as the script makes it', async () => {
    await repository.edit(recordedChange);
    const diffs = await review();
    expect(reviewExitCode(diffs)).toBe(4);
    const text = await readFile(join(checkout, 'docs/review.md'), 'utf8');
    const recorded = /<!-- prettier-ignore-start -->\n([\s\S]*)<!-- prettier-ignore-end -->/.exec(text)?.[1];
    expect(recorded).toBe(accessComment(diffs));
  });

  test('an approval that nothing needs ends with 2', async () => {
    await repository.edit((text) =>
      text.concat(
        '  sluice:approvedWidenings:\n    - { access: media/source, abilities: [delete], where: "s3://media-prod/", reason: "later", approvedBy: "me", until: "2999-12-31" }\n',
      ),
    );
    const diffs = await review();
    expect(reviewExitCode(diffs)).toBe(2);
    expect(accessComment(diffs)).toContain(':warning: approvedWidenings&#91;0&#93;&#58; nothing widens by delete');
  });

  test('a new stack is new access, a removed one is access gone', async () => {
    await repository.edit((text) => text.replace('sluice:environment: prod', 'sluice:environment: staging'), 'staging');
    await repository.remove('prod');
    const diffs = await review();
    expect(diffs.map(({ stack, verdict }) => [stack, verdict])).toEqual([
      ['staging', 'widens'],
      ['prod', 'narrows'],
    ]);
    expect(accessComment(diffs)?.match(/ in stack /g)).toHaveLength(2);
  });

  test('an unknown revision is told by name', async () => {
    await expect(reviewAccess('no-such-branch', repository.directory)).rejects.toThrow(
      '--base: git knows no revision "no-such-branch" here',
    );
    await expect(reviewAccess('--output=/tmp/x', repository.directory)).rejects.toThrow('git knows no revision');
  });

  test('nothing from configuration becomes markup, a mention or a cell', () => {
    const after = accessFile(parseConfiguration('prod', productionValues()));
    const [first] = after.credentials;
    const poisoned = {
      ...after,
      credentials: first ? [{ ...first, neverExpires: '<img src=x> | @everyone [a](b)' }] : [],
      domains: [],
    };
    const text = renderAccessDiffMarkdown(
      accessDiff({ before: { ...poisoned, credentials: after.credentials.slice(0, 1) }, after: poisoned }),
    );
    expect(text).toContain('never expires&#58; &#60;img src=x&#62; &#124; &#64;everyone');
    expect(text.split('\n').at(-1)?.match(/ \| /g)).toHaveLength(6);
  });

  test('the terminal shows the same rows, the verdict first', async () => {
    await repository.edit(recordedChange);
    const [diff] = await review();
    const lines = (diff ? renderAccessDiff(diff) : '').split('\n');
    expect(lines[0]).toBe('ACCESS WIDENS (2), 1 of them approved');
    expect(lines.find((line) => line.startsWith('▲  media/source'))).toContain('- - - - -  ->  L R - - -');
  });
});

describe('X4: sluice access diff', () => {
  const sluice = (...words: string[]) =>
    runNode(['--disable-warning=ExperimentalWarning', join(checkout, 'scripts/sluice.ts'), 'access', ...words], {
      ...process.env,
      SLUICE_STACK_DIRECTORY: repository.directory,
    });

  test('compares with a revision, without sandbox or engine, and ends with 4 on a widening', async () => {
    await repository.edit(recordedChange);
    const { exitCode, stdout } = await sluice('diff', '--base', 'main', '--stack', 'prod', '--json');
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ stack: 'prod', verdict: 'widens', widenings: 2, approved: 1 });
  });

  test('ends with 0 where nothing changes, with 2 for a stack or revision that is not there', async () => {
    const [same, stack, revision] = await Promise.all([
      sluice('diff', '--base', 'main', '--stack', 'prod'),
      sluice('diff', '--base', 'main', '--stack', 'dev'),
      sluice('diff', '--base', 'nowhere', '--stack', 'prod'),
    ]);
    expect(same).toMatchObject({ exitCode: 0, stdout: 'ACCESS UNCHANGED\n' });
    expect(stack.exitCode).toBe(2);
    expect(stack.stderr).toContain('stack dev: there is no Pulumi.dev.yaml: there are prod');
    expect(revision.exitCode).toBe(2);
  });

  test('access --write keeps the file, and says so', async () => {
    await repository.edit(recordedChange);
    const { exitCode, stderr } = await sluice('--stack', 'prod', '--write');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('access/prod.json') as string,
    });
    const written = await readFile(accessFilePath('prod', repository.directory), 'utf8');
    expect(written).toBe(formatAccessFile(await declaredAccess('prod', repository.directory)));
  });
});

describe('X4: what is committed', () => {
  test('access/dev.json says what Pulumi.dev.yaml gives; else run `npm run sluice -- access --write`', async () => {
    const committed = await readFile(accessFilePath('dev', checkout), 'utf8');
    expect(committed).toBe(formatAccessFile(await declaredAccess('dev', checkout)));
  });

  test('the workflow runs on pull_request alone, with no secret, no install script and one writing job', async () => {
    const text = await readFile(join(checkout, '.github/workflows/access.yml'), 'utf8');
    const workflow = parse(text) as {
      on: object;
      permissions: object;
      jobs: Record<string, { permissions?: object; steps: { uses?: string; run?: string }[] }>;
    };
    expect(workflow.on).toEqual({ pull_request: null });
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(Object.entries(workflow.jobs).map(([name, job]) => [name, job.permissions])).toEqual([
      ['review', undefined],
      ['comment', { 'pull-requests': 'write' }],
      ['verdict', {}],
    ]);
    // The job that may write runs nothing of the pull request's.
    expect(workflow.jobs['comment']?.steps.some(({ uses }) => uses?.startsWith('actions/checkout'))).toBe(false);
    expect(text).not.toMatch(/secrets\.|pull_request_target/);
    expect(text).toContain('npm ci --ignore-scripts');
    expect(text).toContain(commentMarker);
  });

  test('CODEOWNERS covers access files and stack files', async () => {
    const owned = await readFile(join(checkout, '.github/CODEOWNERS'), 'utf8');
    expect(owned).toMatch(/^\/access\/ +@/m);
    expect(owned).toMatch(/^\/Pulumi\.\*\.yaml +@/m);
  });
});
