import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ProcessRequest {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory?: string;
  /**
   * `capture` keeps stdout and stderr; `inherit` hands over the terminal; `stderr` does so too, but sends everything to
   * our stderr, so that stdout stays free for results. `capture` unless said.
   */
  readonly stdio?: 'inherit' | 'stderr' | 'capture';
  /** Each line as it comes; only with `capture`. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Asks the process to stop, with `stopSignal`. */
  readonly signal?: AbortSignal;
  /** SIGINT unless said: Pulumi ends its running steps and saves its state on that. */
  readonly stopSignal?: NodeJS.Signals;
}

export interface ProcessResult {
  /** 128 plus the signal's number where a signal ended it, as a shell reports it. */
  readonly exitCode: number;
  /** Empty unless captured. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one program to its end and returns how it ended; a non-zero exit code is a result, not an error.
 * Throws what the operating system says where the program cannot be started (`code` is `ENOENT` when it is missing).
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const shielded = request.stdio === 'inherit' || request.stdio === 'stderr';
  // Before the program runs: a Ctrl-C in the moment after its start would end us and leave it alone.
  const shield = shielded ? outliveSignals() : undefined;
  const child = spawn(request.command, request.arguments, {
    env: request.environment,
    stdio: stdioOf(request.stdio ?? 'capture'),
    ...(request.workingDirectory === undefined ? {} : { cwd: request.workingDirectory }),
  });
  shield?.passTo((signal) => void child.kill(signal));
  const interrupt = () => void child.kill(request.stopSignal ?? 'SIGINT');
  request.signal?.addEventListener('abort', interrupt, { once: true });
  if (request.signal?.aborted === true) interrupt();
  try {
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
    const [exitCode, stdout, stderr] = await Promise.all([
      ended,
      collect(child.stdout, (line) => request.onLine?.(line, 'stdout')),
      collect(child.stderr, (line) => request.onLine?.(line, 'stderr')),
    ]);
    return { exitCode, stdout, stderr };
  } finally {
    shield?.release();
    request.signal?.removeEventListener('abort', interrupt);
  }
}

function stdioOf(mode: 'inherit' | 'stderr' | 'capture'): StdioOptions {
  if (mode === 'inherit') return 'inherit';
  return mode === 'stderr' ? ['inherit', 2, 2] : ['ignore', 'pipe', 'pipe'];
}

async function collect(stream: Readable | null, onLine: (line: string) => void): Promise<string> {
  if (stream === null) return '';
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    lines.push(line);
    onLine(line);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/**
 * Ctrl-C reaches the program directly, since it shares our terminal; we only have to live until it has ended.
 * SIGTERM comes to us alone, so it is passed on, as the SIGINT that Pulumi ends gracefully on.
 */
function outliveSignals(): Shield {
  let send: (signal: NodeJS.Signals) => void = () => undefined;
  const stay = () => undefined;
  const pass = () => send('SIGINT');
  process.on('SIGINT', stay);
  process.on('SIGTERM', pass);
  return {
    passTo: (receiver) => (send = receiver),
    release: () => {
      process.off('SIGINT', stay);
      process.off('SIGTERM', pass);
    },
  };
}

interface Shield {
  passTo(receiver: (signal: NodeJS.Signals) => void): void;
  release(): void;
}
