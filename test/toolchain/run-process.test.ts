import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { runProcess } from '../../toolchain/run-process.ts';
import { hasCode } from '../../toolchain/system-error.ts';

const environment = { PATH: '/usr/bin:/bin' };
const shell = (script: string) => ({ command: '/bin/sh', arguments: ['-c', script], environment });

test('the exit code and both streams are the result, also when the program fails', async () => {
  const result = await runProcess(shell('echo out; echo err >&2; exit 7'));
  expect(result).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
});

test('lines are told as they come, with their stream, and a last one without its end too', async () => {
  const lines: string[] = [];
  await runProcess({
    ...shell('echo one; echo two; printf three >&2'),
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  });
  expect(lines.toSorted()).toEqual(['stderr three', 'stdout one', 'stdout two']);
});

test('the environment is exactly what was given', async () => {
  const { stdout } = await runProcess({ command: '/usr/bin/env', arguments: [], environment: { ONLY: 'this' } });
  expect(stdout).toBe('ONLY=this\n');
});

test('a program that is missing is an error with its code', async () => {
  const missing = runProcess({ command: 'no-such-program', arguments: [], environment });
  expect(hasCode(await missing.catch((error: unknown) => error), 'ENOENT')).toBe(true);
});

test('a stop reaches the program as SIGINT, which may end it in its own way', async () => {
  const stop = new AbortController();
  const script = 'trap "echo saved; exit 3" INT; echo ready; while :; do sleep 0.05; done';
  const result = await runProcess({ ...shell(script), signal: stop.signal, onLine: () => stop.abort() });
  expect(result).toMatchObject({ exitCode: 3, stdout: 'ready\nsaved\n' });
});

test('a program that a signal ended has the exit code that a shell would give it', async () => {
  const { exitCode } = await runProcess(shell('kill -TERM $$'));
  expect(exitCode).toBe(143);
});

test('with the terminal handed over, we outlive a Ctrl-C, pass on a SIGTERM, and keep stdout free', async () => {
  const runner = `import { runProcess } from ${JSON.stringify(path.resolve(import.meta.dirname, '..', '..', 'toolchain', 'run-process.ts'))};
const script = 'trap "echo saved; exit 3" INT; echo ready; while :; do sleep 0.05; done';
const { exitCode } = await runProcess({ command: '/bin/sh', arguments: ['-c', script], environment: process.env, stdio: 'stderr' });
process.stdout.write(String(exitCode));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', runner], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = text(child.stdout);
  const shown: string[] = [];
  for await (const chunk of child.stderr) {
    shown.push(String(chunk));
    if (String(chunk).includes('ready')) {
      child.kill('SIGINT');
      child.kill('SIGTERM');
    }
  }
  if (child.exitCode === null) await once(child, 'exit');
  expect(shown.join('')).toBe('ready\nsaved\n');
  expect(await output).toBe('3');
});
