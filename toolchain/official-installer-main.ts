/**
 * Entry point of the child process that runs Pulumi's own installer: `node official-installer-main.ts DIRECTORY`.
 * A process of its own, since the installer has no time limit and cannot be cancelled.
 */
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new TypeError('usage: official-installer-main.ts DIRECTORY');
try {
  await PulumiCommand.install({ root: directory });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
