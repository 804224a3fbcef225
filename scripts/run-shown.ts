import { runOperation, type RunOptions } from '../engine/run.ts';
import type { Summary } from '../engine/summary.ts';
import { startProgress } from './progress.ts';
import { fractionDone, progressInWords, throttled } from './progress-words.ts';
import { succeeded, summaryInWords } from './render-summary.ts';

/** Runs an operation and shows on stderr how far it is. */
export async function runShown(name: string, options: RunOptions): Promise<Summary> {
  const title = `${options.operation} ${name}`;
  const progress = startProgress(title);
  const startedAt = performance.now();
  try {
    const summary = await runOperation({
      ...options,
      // The total is known once both sides are listed; until then the bar waits.
      onProgress: throttled((now) =>
        progress.update(
          progressInWords(title, now, (performance.now() - startedAt) / 1000),
          now.listed ? { done: fractionDone(now), total: 1 } : undefined,
        ),
      ),
    });
    const words = summaryInWords(name, summary, { dryRun: options.dryRun ?? false });
    if (succeeded(summary)) progress.finish(words);
    else progress.fail(words);
    return summary;
  } catch (error) {
    progress.fail(`${title} stopped`);
    throw error;
  }
}
