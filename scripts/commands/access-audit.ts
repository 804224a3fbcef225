import { Command, Option } from 'commander';
import { UserError } from '../../base/user-error.ts';
import { operations, sides } from '../../policies/operation.ts';
import { auditFile, type AuditOptions, auditToken, auditUser } from '../access-audit.ts';
import { printResult } from '../output.ts';
import { renderAudit } from '../render-access-audit.ts';
import type { MakeCommand } from './command.ts';

interface CommandOptions extends AuditOptions {
  readonly user?: string;
  readonly token?: string;
  readonly stack: string;
  readonly json?: boolean;
}

export const accessAuditCommand: MakeCommand = () =>
  new Command('audit')
    .description('What an existing policy allows: which operation it serves, what is missing, what is too much.')
    .argument('[file]', "an IAM policy, or an R2 token's policies, in JSON")
    .option('--user <name>', 'what an IAM user of the stack holds, instead of a file')
    .option('--token <id>', 'what a Cloudflare account token of the stack holds, instead of a file')
    .option('--stack <name>', 'the stack whose accounts --user and --token are looked up in', 'dev')
    .addOption(new Option('--operation <operation>', 'what it is meant for').choices(operations))
    .addOption(new Option('--side <side>', 'on which side').choices(sides))
    .option('--bucket <name>', 'the bucket that is meant; the first that the policy names otherwise')
    .option('--prefix <prefix>', 'the prefix that is meant')
    .option('--tags', 'the operation keeps tags (options.tags)')
    .option('--versions', 'the operation reads versions by their ids (options.versions)')
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      `
  sluice access audit policy.json
  sluice access audit policy.json --operation sync --side destination --bucket media --prefix uploads/
  sluice access audit --user backup --stack prod`,
    )
    .action(async (file: string | undefined, { user, token, stack, json, ...options }: CommandOptions) => {
      if ([file, user, token].filter((one) => one !== undefined).length !== 1) {
        throw new UserError({ what: 'takes one of a file, --user and --token', fix: 'see --help' });
      }
      let audit;
      if (user !== undefined) audit = await auditUser(user, stack, options);
      else if (token !== undefined) audit = await auditToken(token, stack, options);
      else audit = await auditFile(file ?? '', options);
      printResult(audit, renderAudit, json === undefined ? {} : { json });
    });
