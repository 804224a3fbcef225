import assert from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { asFailure, Failure } from './failure.ts';
import type { AccessKeys } from './place.ts';
import type { Entry, KeyFailure, ListOptions, PartUpload, Store } from './store.ts';

/** Codes that say of a credential that it is not valid (any more), not what it may do. */
const endedCodes = new Set([
  'ExpiredToken',
  'TokenRefreshRequired',
  'InvalidAccessKeyId',
  'InvalidToken',
  'Unauthorized',
]);

/** Credentials that did not change when they were read are not read again for so long. */
const unchangedMs = 5000;
/** Fresh credentials take time to spread (IAM User Guide, "changes that I make are not always immediately visible"). */
const spreadMs = 30_000;

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
  { keys, renew, now = Date.now }: { keys: AccessKeys; renew: () => Promise<AccessKeys>; now?: () => number },
): Store {
  // The first were in use before this run: a refusal is not because they are new.
  let current: Generation = { keys, store: open(keys), beganAt: -Infinity };
  let reading: Promise<void> | undefined;
  let unchangedSince = -Infinity;

  async function readAnew(): Promise<void> {
    const fresh = await renew();
    if (isDeepStrictEqual(fresh, current.keys)) unchangedSince = now();
    else current = { keys: fresh, store: open(fresh), beganAt: now() };
  }

  /** Whether it is worth trying again what was refused with these keys. */
  async function renewed(used: Generation): Promise<boolean> {
    if (used !== current) return true;
    if (now() - unchangedSince > unchangedMs) {
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
      throw new Failure({ kind: 'transient', message, code, status });
    }
  }

  async function* list(options: ListOptions = {}): AsyncGenerator<readonly Entry[], void, undefined> {
    let after = options.after;
    for (;;) {
      const used = current;
      try {
        for await (const page of used.store.list(after === undefined ? options : { ...options, after })) {
          after = page.at(-1)?.key ?? after;
          yield page;
        }
        return;
      } catch (error) {
        options.signal?.throwIfAborted();
        const failure = asFailure(error);
        if (!hasEnded(failure) || !(await renewed(used)) || used === current) throw failure;
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
  const optional: Pick<Store, 'startParts' | 'abortLost' | 'resumeParts' | 'copyWhole' | 'hold' | 'tags'> = {
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
    checks: first.checks,
    list,
    async find(key, signal) {
      const used = current;
      try {
        return await used.store.find(key, signal);
      } catch (error) {
        const failure = asFailure(error);
        if (!hasEnded(failure) || !(await renewed(used))) throw failure;
        return current.store.find(key, signal);
      }
    },
    describe: (entry, attempt) => attempted((store) => store.describe(entry, attempt)),
    read: (entry, attempt, range) => attempted((store) => store.read(entry, attempt, range)),
    readWhole: (entry, attempt) => attempted((store) => store.readWhole(entry, attempt)),
    write: (outgoing, attempt) => attempted((store) => store.write(outgoing, attempt)),
    async delete(all, signal) {
      const used = current;
      const failures = await used.store.delete(all, signal);
      const refused = failures.filter(({ code }) => code !== undefined && endedCodes.has(code));
      if (refused.length === 0 || !(await renewed(used))) return failures;
      const again = await current.store.delete(
        refused.map(({ key }) => key),
        signal,
      );
      return [...failures.filter((failure: KeyFailure) => !refused.includes(failure)), ...again];
    },
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
function hasEnded({ code, status }: Failure): boolean {
  if (code !== undefined) return endedCodes.has(code);
  return status === 400 || status === 401 || status === 403;
}
