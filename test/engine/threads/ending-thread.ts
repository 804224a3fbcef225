/** Ends without a word as soon as it is given something. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', () => process.exit(3));
