import { passedOn, type Body } from './body.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Attempt } from './retry.ts';
import type { Store } from './store.ts';

/** The same store, whose bodies are read no faster than `bandwidth` allows, in bytes. */
export function pacedStore(store: Store, bandwidth: RateLimit): Store {
  return {
    ...store,
    get checks() {
      return store.checks;
    },
    async read(entry, attempt, range) {
      const content = await store.read(entry, attempt, range);
      return { ...content, body: pacedBody(content.body, bandwidth, attempt) };
    },
    async readWhole(entry, attempt) {
      await bandwidth.take(entry.sizeBytes, attempt);
      return store.readWhole(entry, attempt);
    },
  };
}

/** A slow destination must not wait for long for the next bytes: so many at once, whatever pieces they come in. */
const sliceBytes = 64 * 1024;

function pacedBody(body: Body, bandwidth: RateLimit, attempt: Attempt): Body {
  async function* slices(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of body) {
      for (let from = 0; from < chunk.length; from += sliceBytes) {
        const slice = chunk.subarray(from, from + sliceBytes);
        await bandwidth.take(slice.length, attempt);
        yield slice;
      }
    }
  }
  return passedOn(body, slices());
}
