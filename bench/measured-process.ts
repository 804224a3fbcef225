import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** What one process took for its work. */
export interface Usage {
  readonly seconds: number;
  /** User and system time. */
  readonly cpuSeconds: number;
  /** The most memory that was resident. */
  readonly peakMebibytes: number;
}

/** The client and the server of a measurement each get a core of their own, where there are two and `taskset` is there. */
export type Core = 'client' | 'server';

/** The words that start `command` pinned to its core, or not pinned where that cannot be. */
export function pinned(core: Core, command: readonly string[]): readonly string[] {
  if (availableParallelism() < 2 || spawnSync('taskset', ['-V']).status !== 0) return command;
  return ['taskset', '-c', core === 'server' ? '0' : '1', ...command];
}

const jobAnswerSchema = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakMebibytes: z.number(),
  result: z.number(),
});

/**
 * Runs the job of a row (see `job.ts`) in a process of its own, so that its CPU time and memory are only its own; on all cores where
 * `core` says so.
 */
export async function runJob(
  row: string,
  job: string,
  input: unknown,
  environment: Readonly<Record<string, string>> = {},
  core: Core | 'any' = 'client',
): Promise<Usage & { readonly result: number }> {
  const path = join(import.meta.dirname, 'job.ts');
  const flags = [
    '--disable-warning=ExperimentalWarning',
    ...(process.env['SLUICE_BENCH_NODE_FLAGS']?.split(' ') ?? []),
  ];
  const started = [process.execPath, ...flags, path, row, job, JSON.stringify(input)];
  const [command = '', ...words] = core === 'any' ? started : pinned(core, started);
  const env = { ...process.env, ...environment };
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const [text, code] = await Promise.all([readAll(child), once(child, 'close')]);
  if (code[0] !== 0) throw new Error(`the job ${row} ${job} ended with ${String(code[0])}`);
  return jobAnswerSchema.parse(JSON.parse(text));
}

/** Runs another program and watches it through /proc; undefined where there is no /proc. Throws where it fails. */
export async function runProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Usage | undefined> {
  const [command = '', ...rest] = pinned('client', words);
  const startedAt = performance.now();
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment } });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told = (told + chunk.toString()).slice(-2000)));
  let [cpuSeconds, peakMebibytes] = [0, 0];
  const watch = setInterval(() => {
    const now = processUsage(child.pid ?? 0);
    cpuSeconds = Math.max(cpuSeconds, now?.cpuSeconds ?? 0);
    peakMebibytes = Math.max(peakMebibytes, now?.peakMebibytes ?? 0);
  }, 10);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${words[0] ?? ''} ended with ${code ?? 'a signal'}: ${told}`);
  return cpuSeconds === 0 ? undefined : { seconds: (performance.now() - startedAt) / 1000, cpuSeconds, peakMebibytes };
}

/** proc(5): fields 14 and 15 of `stat`, counted after the name in brackets, in hundredths of a second; `VmHWM` of `status`. */
export function processUsage(pid: number): Omit<Usage, 'seconds'> | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakMebibytes: Number(peak ?? 0) / 1024 };
  } catch {
    return undefined;
  }
}

async function readAll(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return text;
}
