/** Fails as soon as it is given something, with an error that would pass for one of the network. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', () => {
  throw Object.assign(new Error('nobody caught this'), { code: 'ECONNRESET' });
});
