/** `npm run check`: types, lint and format; every finding is printed, and any makes it exit 1. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const checkout = join(import.meta.dirname, '..');

const checks = [
  { name: 'types', arguments: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  { name: 'lint', arguments: ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'] },
  { name: 'format', arguments: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'] },
  { name: 'access', arguments: ['--disable-warning=ExperimentalWarning', 'scripts/access-check.ts'] },
];

for (const check of checks) {
  const { status } = spawnSync(process.execPath, check.arguments, { cwd: checkout, stdio: 'inherit' });
  process.stderr.write(`${check.name}: ${status === 0 ? 'good' : 'findings above'}\n`);
  if (status !== 0) process.exitCode = 1;
}
