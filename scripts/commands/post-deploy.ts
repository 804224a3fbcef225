import { Command } from 'commander';
import { printResult } from '../output.ts';
import { postDeploy, renderPostDeploy } from '../post-deploy.ts';
import { openStack } from '../stack.ts';
import type { MakeCommand } from './command.ts';

export const postDeployCommand: MakeCommand = (end) =>
  new Command('post-deploy')
    .description('For each migration: smoke test, its operation, verify, smoke test again; then the domains.')
    .option('--stack <name>', 'the stack', 'dev')
    .option('--json', 'the report as one JSON document')
    .addHelpText(
      'after',
      `
  sluice post-deploy                  of the dev stack
  sluice post-deploy --stack prod     after a plain \`pulumi up\`

\`sluice up\` ends with this by itself.`,
    )
    .action(async (options: { stack: string; json?: boolean }) => {
      const report = await postDeploy(await openStack(options.stack), {});
      printResult(report, renderPostDeploy, options);
      end(report.exitCode);
    });
