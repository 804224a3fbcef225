/** A run in a process of its own, to be killed: its options come as JSON in the environment. */
import { runOperation, type RunOptions } from '../../../engine/run.ts';

const summary = await runOperation(JSON.parse(process.env['RUN_OPTIONS'] ?? '') as RunOptions);
process.stdout.write(JSON.stringify(summary));
