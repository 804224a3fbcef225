/** The command line: `npm run sluice -- COMMAND`, inside an installed clone also `npx sluice COMMAND`. */
import { runCommandLine } from './command-line.ts';
import { endWithReader } from './output.ts';

for (const stream of [process.stdout, process.stderr]) endWithReader(stream);
process.exitCode = await runCommandLine(process.argv.slice(2));
