import { Command } from 'commander';
import { runDemo } from '../demo/demo.ts';
import { renderDemo } from '../demo/render-demo.ts';
import { printResult } from '../output.ts';
import type { MakeCommand } from './command.ts';

export const demoCommand: MakeCommand = (end) =>
  new Command('demo')
    .description('The whole story in the sandbox: deploy, prove, copy, verify, rotate.')
    .option('--keep', 'go on from what the sandbox holds, instead of emptying it first')
    .option('--json', 'the report as one JSON document')
    .action(async ({ keep = false, json }: { keep?: boolean; json?: boolean }) => {
      const report = await runDemo({ keep });
      printResult(report, renderDemo, json === undefined ? {} : { json });
      end(report.exitCode);
    });
