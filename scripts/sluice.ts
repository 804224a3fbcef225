/** The command line: `npm run sluice -- COMMAND`, inside an installed clone also `npx sluice COMMAND`. */
import { runCommandLine } from './command-line.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
