import { readFileSync } from 'node:fs';

/** A process of this machine, told apart from a later one that got the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start; absent where the system does not say (anything but Linux). */
  readonly startedTicks?: number | undefined;
}

/** The process that has this id now; its start is unknown where it is gone. */
export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startedTicks: readProcessFacts(pid)?.startedTicks };
}

/** Whether it still runs. A zombie does not: nothing of it is left but its number. */
export function isRunning({ pid, startedTicks }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const facts = readProcessFacts(pid);
  if (facts === undefined) return true;
  return facts.state !== 'Z' && (startedTicks === undefined || startedTicks === facts.startedTicks);
}

/** Fields 3 and 22 of `/proc/PID/stat` (proc_pid_stat(5)); the name before them may hold spaces and parentheses. */
function readProcessFacts(pid: number): { readonly state: string; readonly startedTicks: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startedTicks] = [fields[0], fields[19]];
  return state === undefined || startedTicks === undefined ? undefined : { state, startedTicks: Number(startedTicks) };
}
