import { eraseToEnd } from './moving-line.ts';

/** Where words go: narration to stderr for people, results to stdout, one JSON document with `--json`. */

/** A line for people, on stderr; it takes the place of a moving line. */
export function narrate(line: string): void {
  process.stderr.write(`${process.stderr.isTTY ? eraseToEnd : ''}${line}\n`);
}

/** The command's result: JSON with `--json`, else the text that `render` makes of the same value. */
export function printResult<Value>(value: Value, render: (value: Value) => string, { json }: { json?: boolean }): void {
  const text = json ? JSON.stringify(value, null, 2) : render(value);
  if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Colours only where a person looks at them. https://no-color.org */
export function useColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env['NO_COLOR'] === undefined;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 MiB`; three digits are enough for people. */
export function formatBytes(bytes: number): string {
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 ? value : value.toPrecision(3)} ${units[step] ?? 'B'}`;
}

/** `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** 128 and the number of SIGPIPE, which Node does not take. */
const brokenPipeExitCode = 141;

/**
 * When whoever read `stream` has gone, as `| head` does, the process ends as other tools do: at once, and without a word. What a copy
 * has done by then is in its journal.
 */
export function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(brokenPipeExitCode);
  });
}
