import type { Command } from 'commander';
import { buildProgram } from './command-line.ts';

const helpColumns = 110;

/** docs/commands.md: a section for every command with its help as it prints. */
export async function commandReference(): Promise<string> {
  const program = await buildProgram(() => undefined);
  const sections = program.commands.flatMap((command) => [
    section(command, command.name()),
    ...command.commands.map((part) => section(part, `${command.name()} ${part.name()}`)),
  ]);
  return [
    '# Commands\n',
    '`npm run sluice -- COMMAND`; inside an installed clone also `npx sluice COMMAND`. `--stack` defaults to `dev`.\n',
    'Exit codes: 0 done; 1 the operation failed; 2 bad usage or configuration; 3 a credential can do too much or too little;',
    '4 the access widens and nobody approved it.\n',
    ...sections,
  ].join('\n');
}

function section(command: Command, name: string): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => helpColumns,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return `## ${name}\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`;
}
