/** How far a run is. */
export interface Progress {
  readonly phase: 'copying' | 'deleting' | 'verifying';
  /** Objects found at the source so far; all of them once `listed`. */
  readonly objectsFound: number;
  /** Of those, the ones that are copied, skipped, verified or failed. */
  readonly objectsDone: number;
  /** Bytes that are or will be copied (verified), as far as known. */
  readonly bytesFound: number;
  readonly bytesDone: number;
  readonly failures: number;
  readonly listed: boolean;
}

/** Counts what happens and tells a listener, after each object and each part. */
export interface ProgressCounter {
  phase(phase: Progress['phase']): void;
  found(objects: number, bytes: number): void;
  moved(bytes: number): void;
  finished(objects: number): void;
  failed(): void;
  listed(): void;
}

/** The listener may be called thousands of times a second; it is for the listener to draw less often. */
export function progressCounter(
  phase: Progress['phase'],
  listener: (progress: Progress) => void = () => undefined,
): ProgressCounter {
  let now: Progress = {
    phase,
    objectsFound: 0,
    objectsDone: 0,
    bytesFound: 0,
    bytesDone: 0,
    failures: 0,
    listed: false,
  };
  const change = (changed: Partial<Progress>) => {
    now = { ...now, ...changed };
    listener(now);
  };
  return {
    phase: (next) => change({ phase: next }),
    found: (objects, bytes) => change({ objectsFound: now.objectsFound + objects, bytesFound: now.bytesFound + bytes }),
    moved: (bytes) => change({ bytesDone: now.bytesDone + bytes }),
    finished: (objects) => change({ objectsDone: now.objectsDone + objects }),
    failed: () => change({ failures: now.failures + 1 }),
    listed: () => change({ listed: true }),
  };
}
