import type { Outcome, Step } from '../engine/run-context.ts';
import type { Summary } from '../engine/summary.ts';
import { openLineFile } from './report-file.ts';

/** Who hears of what happens in a run, besides the person who watches. */
export interface OperationListeners {
  step(name: string, step: Step): void;
  outcome(name: string, outcome: Outcome): void;
  summary(name: string, summary: Summary): void;
  /** Also where a run failed: what was heard of is in the files. */
  close(): void;
}

/**
 * `events`: JSON lines on stdout, each with `event`: `step` (decided), `object` (done), `summary`.
 * `report`: a JSON line for what became of each object. `failedFile`: the keys that failed, one a line, as `--from-file` reads them.
 * Throws `UserError` where a file cannot be written.
 */
export function openListeners(options: {
  readonly events?: boolean;
  readonly report?: string;
  readonly failedFile?: string;
}): OperationListeners {
  const report = options.report === undefined ? undefined : openLineFile(options.report, '--report');
  const failed = options.failedFile === undefined ? undefined : openLineFile(options.failedFile, '--failed-file');
  const tell = (event: object): void => {
    if (options.events === true) process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  return {
    step: (name, step) => tell({ event: 'step', name, ...step }),
    outcome(name, outcome) {
      tell({ event: 'object', name, ...outcome });
      report?.add(JSON.stringify({ name, ...outcome }));
      // Without a key it was the run that failed.
      if (outcome.outcome === 'failed' && outcome.key !== '') failed?.add(JSON.stringify(outcome.key));
    },
    summary: (name, summary) => tell({ event: 'summary', name, ...summary }),
    close() {
      report?.close();
      failed?.close();
    },
  };
}
