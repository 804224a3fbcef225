import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A Python program beside this file that answers each JSON line by one JSON line, in order. */
export interface PythonDriver {
  ask(question: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts `file` with the Python modules of the folder `modules`. */
export function startPythonDriver(file: string, modules: string): PythonDriver {
  const driver = spawn('python3', [join(import.meta.dirname, file)], {
    env: { PATH: process.env['PATH'], PYTHONPATH: modules },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(driver, 'close');
  const answers = createInterface({ input: driver.stdout })[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
  return {
    async ask(question) {
      driver.stdin.write(`${JSON.stringify(question)}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error(`${file} ended: its message stands above`);
      return JSON.parse(answer.value) as unknown;
    },
    async stop() {
      driver.stdin.end();
      await ended;
    },
  };
}
