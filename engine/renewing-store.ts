import assert from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { asFailure, Failure } from './failure.ts';
import type { AccessKeys } from './place.ts';
import { pause } from './retry.ts';
import type { Entry, KeyFailure, ListOptions, PartUpload, Store } from './store.ts';

/** Codes that say of a credential that it is not valid (any more), not what it may do. */
const endedCodes = new Set([
  'ExpiredToken',
  'TokenRefreshRequired',
  'InvalidAccessKeyId',
  'InvalidToken',
  'Unauthorized',
  // A secret that was rotated under the same id, or read while its file was half written.
  'SignatureDoesNotMatch',
]);

/** Credentials are read no more often than this, whatever came of it: what is refused may be a million objects. */
const readEveryMs = 5000;
/**
 * Fresh credentials take time to spread (IAM User Guide, "changes that I make are not always immediately visible"). What they are refused
 * until then is tried again after a pause, so that all tries together last as long.
 */
const spreadMs = 30_000;
/** Of what its caller does not try again, so many tries are made. */
const triesMax = 6;

/** What a failed request says of its credentials. */
interface FailedBy {
  readonly code?: string | undefined;
  readonly status?: number | undefined;
}

interface Generation {
  readonly keys: AccessKeys;
  readonly store: Store;
  readonly beganAt: number;
}

/**
 * A store whose credentials may end while a run goes on: they expire, or are rotated. When the provider no longer takes them they
 * are read anew, once for however many requests were refused, and whatever was refused is tried again.
 */
export function renewingStore(
  open: (keys: AccessKeys) => Store,
  {
    keys,
    renew,
    now = () => performance.now(),
    pauseMs = spreadMs / (triesMax - 1),
  }: { keys: AccessKeys; renew: () => Promise<AccessKeys>; now?: () => number; pauseMs?: number },
): Store {
  // The first were in use before this run: a refusal is not because they are new.
  let current: Generation = { keys, store: open(keys), beganAt: -Infinity };
  let reading: Promise<void> | undefined;
  let readAt = -Infinity;

  async function readAnew(): Promise<void> {
    try {
      const fresh = await renew();
      if (!isDeepStrictEqual(fresh, current.keys)) current = { keys: fresh, store: open(fresh), beganAt: now() };
    } finally {
      readAt = now();
    }
  }

  /** Whether it is worth trying again what was refused with these keys. */
  async function renewed(used: Generation): Promise<boolean> {
    if (used !== current) return true;
    if (reading !== undefined || now() - readAt > readEveryMs) {
      reading ??= readAnew().finally(() => (reading = undefined));
      await reading;
    }
    return used !== current || now() - current.beganAt < spreadMs;
  }

  /** One attempt: what was refused for its credentials is a failure that may pass, so that its caller tries again. */
  async function attempted<Result>(act: (store: Store) => Promise<Result>): Promise<Result> {
    const used = current;
    try {
      return await act(used.store);
    } catch (error) {
      const failure = asFailure(error);
      if (!hasEnded(failure) || !(await renewed(used))) throw failure;
      const { message, code, status } = failure;
      // A refusal without a code may be one for good.
      const retryAfterMs = used === current && code !== undefined ? pauseMs : undefined;
      throw new Failure({ kind: 'transient', message, code, status, retryAfterMs });
    }
  }

  /** Whether to try again what its caller does not; waits before that, where it has to. */
  async function mayTryAgain(
    used: Generation,
    tries: number,
    failure: FailedBy,
    signal?: AbortSignal,
  ): Promise<boolean> {
    if (tries >= triesMax || !hasEnded(failure) || !(await renewed(used))) return false;
    if (used === current) await pause(pauseMs, signal);
    return true;
  }

  async function find(key: string, signal?: AbortSignal): Promise<Entry | undefined> {
    for (let tries = 1; ; tries += 1) {
      const used = current;
      try {
        return await used.store.find(key, signal);
      } catch (error) {
        signal?.throwIfAborted();
        const failure = asFailure(error);
        if (!(await mayTryAgain(used, tries, failure, signal))) throw failure;
      }
    }
  }

  async function remove(all: readonly string[], signal?: AbortSignal): Promise<KeyFailure[]> {
    const failures: KeyFailure[] = [];
    let keys = all;
    for (let tries = 1; ; tries += 1) {
      const used = current;
      const failing = await used.store.delete(keys, signal);
      const refused = failing.filter(({ code }) => code !== undefined && endedCodes.has(code));
      failures.push(...failing.filter((failure) => !refused.includes(failure)));
      const [first] = refused;
      if (first === undefined) return failures;
      if (!(await mayTryAgain(used, tries, first, signal))) return [...failures, ...refused];
      keys = refused.map(({ key }) => key);
    }
  }

  async function* list(options: ListOptions = {}): AsyncGenerator<readonly Entry[], void, undefined> {
    let after = options.after;
    for (let tries = 1; ; tries += 1) {
      const used = current;
      try {
        for await (const page of used.store.list(after === undefined ? options : { ...options, after })) {
          after = page.at(-1)?.key ?? after;
          tries = 1;
          yield page;
        }
        return;
      } catch (error) {
        options.signal?.throwIfAborted();
        const failure = asFailure(error);
        if (!(await mayTryAgain(used, tries, failure, options.signal))) throw failure;
      }
    }
  }

  /** The upload belongs to the place, not to the credentials that began it. */
  function following(key: string, uploadId: string): PartUpload {
    const upload = (store: Store): PartUpload => had(store.resumeParts?.(key, uploadId));
    return {
      uploadId,
      send: (...given) => attempted((store) => upload(store).send(...given)),
      copyPart: (...given) => attempted((store) => had(upload(store).copyPart?.(...given))),
      complete: (...given) => attempted((store) => upload(store).complete(...given)),
      abort: () => upload(current.store).abort(),
    };
  }

  const first = current.store;
  const optional: Pick<
    Store,
    'firstPartBytes' | 'startParts' | 'abortLost' | 'resumeParts' | 'copyWhole' | 'hold' | 'tags'
  > = {
    ...(first.firstPartBytes !== undefined && {
      firstPartBytes: (entry, attempt) => attempted((store) => had(store.firstPartBytes?.(entry, attempt))),
    }),
    ...(first.startParts !== undefined && {
      async startParts(key, start, attempt) {
        const { uploadId } = await attempted((store) => had(store.startParts?.(key, start, attempt)));
        return following(key, uploadId);
      },
    }),
    ...(first.abortLost !== undefined && {
      abortLost: (...given) => had(current.store.abortLost?.(...given)),
    }),
    ...(first.resumeParts !== undefined && { resumeParts: following }),
    ...(first.copyWhole !== undefined && {
      copyWhole: (...given) => attempted((store) => had(store.copyWhole?.(...given))),
    }),
    ...(first.tags !== undefined && {
      tags: (entry, attempt) => attempted((store) => had(store.tags?.(entry, attempt))),
    }),
    ...(first.hold !== undefined && { hold: (headers) => current.store.hold?.(headers) }),
  };
  return {
    hasDirectories: first.hasDirectories,
    get checks() {
      return current.store.checks;
    },
    list,
    find,
    describe: (entry, attempt) => attempted((store) => store.describe(entry, attempt)),
    read: (entry, attempt, range) => attempted((store) => store.read(entry, attempt, range)),
    readWhole: (entry, attempt) => attempted((store) => store.readWhole(entry, attempt)),
    write: (outgoing, attempt) => attempted((store) => store.write(outgoing, attempt)),
    delete: remove,
    keyProblem: (key) => current.store.keyProblem(key),
    canonicalKey: (key) => current.store.canonicalKey(key),
    ...optional,
  };
}

/** Every generation's store can do what the first could. */
function had<Value>(value: Value | undefined): Value {
  assert(value !== undefined, 'stores of one place are of one kind');
  return value;
}

/** The answer to a HEAD has no body that would say why it was refused. */
function hasEnded({ code, status }: FailedBy): boolean {
  if (code !== undefined) return endedCodes.has(code);
  return status === 400 || status === 401 || status === 403;
}
