import type { ChildProcess } from 'node:child_process';

/** The programs and policy packs that this host has started and that still run. */
export class ChildProcesses {
  readonly #running = new Set<ChildProcess>();

  /** Keeps `child` in mind until it ends. */
  add(child: ChildProcess): void {
    this.#running.add(child);
    const forget = () => void this.#running.delete(child);
    child.once('exit', forget);
    child.once('error', forget);
  }

  /** Ends them all: nobody is left who could use what they do. */
  end(): void {
    for (const child of this.#running) child.kill('SIGTERM');
  }
}
