import { Command } from 'commander';
import { runPulumi } from '../../toolchain/run-pulumi.ts';
import { administratorsOf } from '../administrators.ts';
import { deploy, type DeployOptions, finished } from '../deploy.ts';
import { runWithGuardrails } from '../guardrails.ts';
import { printResult } from '../output.ts';
import { prepareStack } from '../prepare-stack.ts';
import { configurationWords, openStack, pulumiWorkspace } from '../stack.ts';
import type { MakeCommand } from './command.ts';

interface UpOptions extends DeployOptions {
  readonly postDeploy: boolean;
  readonly json?: boolean;
}

export const upCommand: MakeCommand = (end) =>
  new Command('up')
    .description('Deploy a stack, then prove and run its migrations (post-deploy).')
    .option('--stack <name>', 'the stack', 'dev')
    .option('--yes', 'deploy without asking; the sandbox never asks')
    .option('--skip-preview', 'deploy without computing a preview first')
    .option('--no-post-deploy', 'deploy only')
    .option('--json', 'the post-deploy report as one JSON document on stdout')
    .addHelpText(
      'after',
      `
  sluice up                          the dev stack, in the sandbox
  sluice up --stack prod             asks before it changes anything
  sluice up --stack prod --yes       in CI`,
    )
    .action(async (options: UpOptions) => {
      const stack = await deploy(options);
      if (!options.postDeploy) return;
      const { postDeploy, renderPostDeploy } = await import('../post-deploy.ts');
      const report = await postDeploy(stack, {});
      printResult(report, renderPostDeploy, options);
      end(report.exitCode);
    });

export const previewCommand: MakeCommand = () =>
  new Command('preview')
    .description('Show what a deploy would change.')
    .option('--stack <name>', 'the stack', 'dev')
    .action(async ({ stack: name }: { stack: string }) => {
      const stack = await openStack(name);
      const workspace = await prepareStack(stack, await pulumiWorkspace(stack));
      await finished(
        runWithGuardrails(name, {
          ...workspace,
          arguments: ['preview', '--stack', name, ...configurationWords(stack)],
          stdio: 'inherit',
        }),
        'preview',
      );
    });

export const destroyCommand: MakeCommand = () =>
  new Command('destroy')
    .description('Remove everything a stack made; in the sandbox also what is in its buckets.')
    .option('--stack <name>', 'the stack', 'dev')
    .option('--yes', 'destroy without asking; the sandbox never asks')
    .action(async ({ stack: name, yes }: { stack: string; yes?: boolean }) => {
      const stack = await openStack(name);
      const workspace = await prepareStack(stack, await pulumiWorkspace(stack));
      const { emptyBuckets } = await import('../empty-buckets.ts');
      await emptyBuckets(stack.configuration, administratorsOf(stack));
      const unasked = yes === true || stack.sandbox !== undefined;
      const words = [
        'destroy',
        '--stack',
        name,
        ...configurationWords(stack),
        ...(unasked ? ['--yes', '--skip-preview'] : []),
      ];
      await finished(runPulumi({ ...workspace, arguments: words, stdio: 'stderr' }), 'destroy');
    });
