export interface DeleteLimits {
  /** At most so many objects are deleted in one run. */
  readonly deletesMax: number;
  /** At most this share of the destination's objects. */
  readonly deletesMaxPercent: number;
}

export interface DeleteCircumstances extends DeleteLimits {
  /** Objects that only the destination has. */
  readonly deletes: number;
  readonly sourceObjects: number;
  readonly destinationObjects: number;
  /** Everything that failed so far, listings included. */
  readonly failures: number;
}

export type DeleteRefusal = 'SourceEmpty' | 'EarlierFailures' | 'DeletesMax' | 'DeletesMaxPercent';
export type DeleteDecision = { allowed: true } | { allowed: false; code: DeleteRefusal; because: string };

/**
 * Whether a sync may delete what only the destination has: all of it, or nothing. The first row that fits decides.
 *
 * | circumstances | decision |
 * | --- | --- |
 * | nothing to delete | allowed |
 * | anything failed before, a listing above all | refused |
 * | the source is empty (a wrong prefix looks like this) | refused |
 * | more objects than `deletesMax` | refused |
 * | a greater share of the destination than `deletesMaxPercent` | refused |
 * | otherwise | allowed |
 */
export function decideDeletes(run: DeleteCircumstances): DeleteDecision {
  const { deletes, destinationObjects, deletesMax, deletesMaxPercent } = run;
  if (deletes === 0) return { allowed: true };
  const nothing = `nothing was deleted: ${deletes} objects are only at the destination`;
  if (run.failures > 0) {
    return refused('EarlierFailures', `${nothing}, but ${run.failures} failures came before`);
  }
  if (run.sourceObjects === 0) {
    return refused('SourceEmpty', `${nothing}, but the source is empty, as it would be with a wrong bucket or prefix`);
  }
  if (deletes > deletesMax) return refused('DeletesMax', `${nothing}, more than deletesMax (${deletesMax})`);
  if (deletes * 100 > deletesMaxPercent * destinationObjects) {
    const share = `of ${destinationObjects} there, more than deletesMaxPercent (${deletesMaxPercent} %)`;
    return refused('DeletesMaxPercent', `${nothing}, ${share}`);
  }
  return { allowed: true };
}

function refused(code: DeleteRefusal, because: string): DeleteDecision {
  return { allowed: false, code, because };
}
