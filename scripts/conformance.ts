/**
 * `npm run conformance`: ordinary clients, unchanged, against the sandbox, step by step; docs/conformance.md has the matrix.
 *
 *   npm run conformance                            every client
 *   npm run conformance -- --only s5cmd            one of them
 *   npm run conformance -- --against seaweedfs     the S3 steps against a real server
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { exitCodes, UserError } from '../base/user-error.ts';
import { checkout } from './checkout.ts';
import { scenarios } from './conformance/clients.ts';
import { conformanceDocument, renderMatrix } from './conformance/matrix.ts';
import { cachedPrograms } from './conformance/programs.ts';
import { runScenarios } from './conformance/run.ts';
import { openSandboxWorld } from './conformance/sandbox-world.ts';
import { unexplained } from './conformance/seaweedfs-differences.ts';
import { openSeaweedfsWorld } from './conformance/seaweedfs-world.ts';
import { isAsExpected, type Scenario, type SeenRow } from './conformance/step.ts';
import { narrate, printResult } from './output.ts';
import { startProgress } from './progress.ts';

interface ConformanceFlags {
  readonly only?: string;
  readonly against?: string;
  readonly write?: boolean;
  readonly json?: boolean;
}

const clients = scenarios.map(({ client }) => client);

await new Command('conformance')
  .description('Ordinary clients, unchanged, against the sandbox: what the documentation says, and what they see.')
  .option('--only <client>', `one of ${clients.join(', ')}`, parseClient)
  .option(
    '--against <server>',
    'seaweedfs: the S3 steps against a real server; only what docs/sandbox.md does not explain fails',
    parseServer,
  )
  .option('--write', 'also write docs/conformance.md, after a run of every client')
  .option('--json', 'every row as one JSON document')
  .action(run)
  .parseAsync();

async function run({ only, against, write = false, json = false }: ConformanceFlags): Promise<void> {
  try {
    const rows = await seenRows(
      scenarios.filter(({ client }) => only === undefined || client === only),
      against,
    );
    printResult(rows, renderMatrix, { json });
    if (write && against === undefined && only === undefined)
      writeFileSync(join(checkout, 'docs', 'conformance.md'), conformanceDocument(rows));
    const differing = against === undefined ? rows.filter((row) => !isAsExpected(row)) : unexplained(rows);
    if (differing.length > 0) process.exitCode = exitCodes.failed;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    narrate(error.message);
    process.exitCode = error.exitCode;
  }
}

async function seenRows(wanted: readonly Scenario[], against: string | undefined): Promise<SeenRow[]> {
  const programs = cachedPrograms(narrate);
  const world = against === undefined ? await openSandboxWorld(programs) : await openSeaweedfsWorld(programs, narrate);
  const progress = startProgress('conformance');
  try {
    const rows = await runScenarios(wanted, world, against === undefined ? ['S3', 'R2', 'API'] : ['S3'], (now) =>
      progress.update(`${now.client}: ${now.done} of ${now.total} steps`, now),
    );
    progress.finish(`${rows.length} steps, ${rows.filter(isAsExpected).length} as documented`);
    return rows;
  } catch (error) {
    progress.fail('conformance: stopped');
    throw error;
  } finally {
    await world.close();
  }
}

function parseClient(name: string): string {
  if (clients.includes(name)) return name;
  throw new InvalidArgumentError(`There is ${clients.join(', ')}.`);
}

function parseServer(name: string): string {
  if (name === 'seaweedfs') return name;
  throw new InvalidArgumentError('There is seaweedfs.');
}
