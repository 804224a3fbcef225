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
export function progressCounter(phase: Progress['phase'], listener?: (progress: Progress) => void): ProgressCounter {
  const now = { phase, objectsFound: 0, objectsDone: 0, bytesFound: 0, bytesDone: 0, failures: 0, listed: false };
  // Counted in place: a copy for each object would be made for nobody where nobody listens.
  const tell = () => listener?.({ ...now });
  return {
    phase(next) {
      now.phase = next;
      tell();
    },
    found(objects, bytes) {
      now.objectsFound += objects;
      now.bytesFound += bytes;
      tell();
    },
    moved(bytes) {
      now.bytesDone += bytes;
      tell();
    },
    finished(objects) {
      now.objectsDone += objects;
      tell();
    },
    failed() {
      now.failures += 1;
      tell();
    },
    listed() {
      now.listed = true;
      tell();
    },
  };
}
