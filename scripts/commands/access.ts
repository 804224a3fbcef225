import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { accessDiff } from '../../policies/access-diff/access-diff.ts';
import { accessFile, formatAccessFile } from '../../policies/access-file.ts';
import { accessTable } from '../../policies/access-table.ts';
import { reviewExitCode } from '../access-comment.ts';
import { accessFilePath, committedAccess, declaredAccess, declaredConfiguration } from '../access-source.ts';
import { narrate, printResult } from '../output.ts';
import { legend, renderAccessDiff, renderAccessDiffMarkdown } from '../render-access-diff.ts';
import { renderAccessTable } from '../render-access-table.ts';
import { readConfiguration } from '../stack.ts';
import { accessAuditCommand } from './access-audit.ts';
import type { MakeCommand } from './command.ts';

interface DiffOptions {
  readonly base: string;
  readonly stack: string;
  readonly format: 'terminal' | 'markdown' | 'json';
  readonly json?: boolean;
}

export const accessCommand: MakeCommand = (end) => {
  const access = new Command('access')
    .enablePositionalOptions()
    .description('Who can reach what: every credential and every protected hostname of a stack.')
    .option('--stack <name>', 'the stack', 'dev')
    .option('--json', 'as one JSON document')
    .option('--write', 'write it, with the policies, to access/<stack>.json: commit that with the change')
    .addHelpText(
      'after',
      `
  sluice access                       the dev stack
  sluice access --stack prod          computed from configuration; asks no provider
  sluice access --stack prod --write  refresh access/prod.json
  sluice access diff --base main      what this branch changes`,
    )
    .action(async ({ stack, json, write }: { stack: string; json?: boolean; write?: boolean }) => {
      if (write) await writeAccess(stack);
      const configuration = write ? await declaredConfiguration(stack) : await readConfiguration(stack);
      printResult(accessTable(configuration), renderAccessTable, json === undefined ? {} : { json });
    });

  access
    .command('diff')
    .description('What the working tree changes of access against a git revision.')
    .requiredOption('--base <revision>', 'what to compare with: main, origin/main, a commit')
    .option('--stack <name>', 'the stack', 'dev')
    .addOption(
      new Option('--format <form>', 'how to print it').choices(['terminal', 'markdown', 'json']).default('terminal'),
    )
    .option('--json', 'the same as --format json')
    .addHelpText(
      'after',
      `
  sluice access diff --base main                     to be read
  sluice access diff --base origin/main --format markdown

Ends with 4 where access widens and approvedWidenings does not say so, with 2 where an approval approves nothing.`,
    )
    .action(async ({ base, stack, format, json }: DiffOptions) => {
      const configuration = await declaredConfiguration(stack);
      const diff = accessDiff({
        before: await committedAccess(stack, base),
        after: accessFile(configuration),
        approvedWidenings: configuration.approvedWidenings,
      });
      const render = format === 'markdown' ? renderAccessDiffMarkdown : renderAccessDiff;
      printResult(diff, render, { json: json === true || format === 'json' });
      if (format === 'terminal' && diff.changes.length > 0 && !json) narrate(legend.replaceAll('**', ''));
      end(reviewExitCode([diff]));
    });

  access.addCommand(accessAuditCommand(end));
  return access;
};

async function writeAccess(stack: string): Promise<void> {
  const file = accessFilePath(stack);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, formatAccessFile(await declaredAccess(stack)));
  narrate(`written: commit ${file}`);
}
