import { flushCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { sandboxDirectory } from './process-directory.ts';
import { removeRecord, writeRecord } from './process-record.ts';
import type { StartReport } from './process.ts';
import { startSandbox } from './sandbox.ts';
import type { RunningSandbox } from './sandbox.ts';
import { defaultPorts } from './status.ts';

/** The sandbox's process: started by startSandboxProcess, told to stop by a signal. */
const port = z.int().min(0).max(65_535);
const names = Object.keys(defaultPorts) as (keyof typeof defaultPorts)[];
const portsSchema = z.partialRecord(z.enum(names), port);

const { values } = parseArgs({ options: { directory: { type: 'string' }, ports: { type: 'string', default: '{}' } } });
const directory = z.string().min(1).parse(values.directory);
const paths = sandboxDirectory(directory);

let sandbox: RunningSandbox | undefined;
try {
  sandbox = await startSandbox({ directory, ports: portsSchema.parse(JSON.parse(values.ports)) });
  await writeRecord(paths, sandbox.status);
  report({ outcome: 'ready', status: sandbox.status });
  // Now, since a process that is killed writes none at its end.
  flushCompileCache();
} catch (error) {
  await sandbox?.stop();
  if (!(error instanceof UserError)) throw error;
  const { what, where, fix } = error;
  report({ outcome: 'refused', what, ...(where && { where }), ...(fix && { fix }) });
  process.exitCode = 1;
}

if (sandbox !== undefined) {
  const running = sandbox;
  const end = (): void => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, end);
    void removeRecord(paths).then(() => running.stop());
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
}

/** The command that waits for it hears the outcome; the log keeps it too, but no secret. */
function report(message: StartReport): void {
  const { outcome } = message;
  const details = outcome === 'ready' ? `process ${message.status.pid}` : `${message.where ?? ''}: ${message.what}`;
  console.error(`${new Date().toISOString()} ${outcome}, ${details}`);
  // That command may be gone by now, which is no reason to end.
  process.send?.(message, undefined, undefined, () => undefined);
}
