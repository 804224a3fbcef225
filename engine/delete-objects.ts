import type { CopyFindings } from './copy-objects.ts';
import { decideDeletes, type DeleteLimits } from './deletes.ts';
import { recordFailure, type RunContext } from './run-context.ts';

/** So many keys go to the store at once: a DeleteObjects takes no more. */
const keysAtOnce = 1000;

/** The last phase of a sync: deletes what only the destination has, or refuses to delete anything, as `decideDeletes` says. */
export async function deleteObjects(run: RunContext, findings: CopyFindings, limits: DeleteLimits): Promise<void> {
  const { onlyAtDestination: deletes, sourceObjects, destinationObjects, keys } = findings;
  const failures = run.tally.failures;
  const decision = decideDeletes({ deletes, sourceObjects, destinationObjects, failures, ...limits });
  if (!decision.allowed) {
    recordFailure(run, { key: '', because: decision.because, code: decision.code });
    return;
  }
  run.progress.phase('deleting');
  for (let start = 0; start < keys.length; start += keysAtOnce) {
    if (run.draining?.aborted === true) return;
    await deleteSome(run, keys.slice(start, start + keysAtOnce));
  }
}

async function deleteSome(run: RunContext, keys: readonly string[]): Promise<void> {
  for (const key of keys) run.onStep({ action: 'delete', key, because: 'only at the destination' });
  if (run.dryRun) {
    run.tally.deleted(keys.length);
    return;
  }
  const failures = await run.destination.delete(keys, run.signal);
  const failing = new Set(failures.map(({ key }) => key));
  for (const key of keys.filter((other) => !failing.has(other))) run.onOutcome({ outcome: 'deleted', key });
  run.tally.deleted(keys.length - failures.length);
  for (const { key, because, code } of failures) {
    recordFailure(run, { key, because: `not deleted: ${because}`, code });
  }
}
