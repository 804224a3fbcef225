import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatAccessFile } from '../../policies/access-file.ts';
import { accessFilePath, declaredAccess } from '../../scripts/access-source.ts';
import { productionStackFile } from '../policies/fixtures/stack-files.ts';

/** A git repository with a production stack, its access file committed: what a pull request changes. */
export interface ReviewedRepository {
  readonly directory: string;
  /** Changes a stack file in the working tree. */
  edit(change: (text: string) => string, stack?: string): Promise<void>;
  remove(stack: string): Promise<void>;
  dispose(): Promise<void>;
}

export async function reviewedRepository(): Promise<ReviewedRepository> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-review-'));
  const git = (...words: string[]) => execFileSync('git', ['-C', directory, ...words], { stdio: 'ignore' });
  const stackFile = (stack: string) => join(directory, `Pulumi.${stack}.yaml`);
  await writeFile(stackFile('prod'), productionStackFile);
  await mkdir(join(directory, 'access'));
  await writeFile(accessFilePath('prod', directory), formatAccessFile(await declaredAccess('prod', directory)));
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '.');
  git('-c', 'user.name=test', '-c', 'user.email=test@example.test', 'commit', '--quiet', '--message', 'base');
  return {
    directory,
    async edit(change, stack = 'prod') {
      const text = change(productionStackFile);
      if (text === productionStackFile) throw new Error('the edit changed nothing: the fixture reads otherwise by now');
      await writeFile(stackFile(stack), text);
    },
    remove: (stack) => rm(stackFile(stack)),
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}
