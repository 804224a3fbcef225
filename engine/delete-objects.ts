import type { CopyFindings } from './copy-objects.ts';
import { decideDeletes, type DeleteLimits } from './deletes.ts';
import { failureKind, mayPass } from './failure.ts';
import { backoffMs, pause } from './retry.ts';
import { recordFailure, type RunContext } from './run-context.ts';
import type { KeyFailure } from './store.ts';

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
  const failures = await deleteInTries(run, keys);
  const failing = new Set(failures.map(({ key }) => key));
  for (const key of keys.filter((other) => !failing.has(other))) run.onOutcome({ outcome: 'deleted', key });
  run.tally.deleted(keys.length - failures.length);
  for (const { key, because, code } of failures) {
    recordFailure(run, { key, because: `not deleted: ${because}`, code });
  }
}

/** A request that failed as a whole has been tried often enough by the store already. */
const triesMax = 3;

/** A provider may refuse single keys of a batch for what passes (S3 API reference, "DeleteObjects": `InternalError`, `SlowDown`). */
async function deleteInTries(
  { destination, tuning, signal }: RunContext,
  keys: readonly string[],
): Promise<readonly KeyFailure[]> {
  const lasting: KeyFailure[] = [];
  let left = keys;
  for (let attempts = 1; ; attempts += 1) {
    const failures = await destination.delete(left, signal);
    const passing = attempts < triesMax ? failures.filter(isPassing) : [];
    lasting.push(...failures.filter((failure) => !passing.includes(failure)));
    if (passing.length === 0) return lasting;
    await pause(backoffMs({ attempts, failure: { retryAfterMs: undefined }, policy: tuning }), signal);
    left = passing.map(({ key }) => key);
  }
}

function isPassing({ code }: KeyFailure): boolean {
  return code !== undefined && mayPass(failureKind(200, code));
}
