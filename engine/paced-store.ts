import assert from 'node:assert';
import { Readable } from 'node:stream';
import type { RateLimit } from './rate-limit.ts';
import type { Attempt } from './retry.ts';
import type { Store } from './store.ts';

/** The same store, whose bodies are read no faster than `bandwidth` allows, in bytes. */
export function pacedStore(store: Store, bandwidth: RateLimit): Store {
  return {
    ...store,
    async read(entry, attempt, range) {
      const content = await store.read(entry, attempt, range);
      return { ...content, body: pacedBody(content.body, bandwidth, attempt) };
    },
    ...(store.readWhole && {
      async readWhole(entry, attempt) {
        await bandwidth.take(entry.sizeBytes, attempt);
        assert(store.readWhole !== undefined, 'asked above');
        return store.readWhole(entry, attempt);
      },
    }),
  };
}

function pacedBody(body: Readable, bandwidth: RateLimit, attempt: Attempt): Readable {
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      await bandwidth.take(chunk.length, attempt);
      yield chunk;
    }
  }
  const paced = Readable.from(chunks(), { objectMode: false });
  // Destroyed before it was ever read, a generator does not begin, and so does not let go of what it would have read.
  paced.on('close', () => body.destroy());
  paced.on('error', () => undefined);
  return paced;
}
