/**
 * Memory for small bodies, used again and again: what has just been in use is still near the processor, and a copy of a small object
 * costs less than new memory for it.
 */
export interface BodyMemory {
  /** Memory of this size, with whatever it last held. */
  readonly take: (bytes: number) => Buffer;
  /** Takes memory back that nobody will look at again; what was not taken here is left alone. */
  readonly giveBack: (body: Uint8Array) => void;
}

/** Sizes are rounded up to a power of two, so that bodies of many sizes share what there is. */
const smallestBytes = 4096;
/** Larger bodies are few, and cost so much that their memory does not matter. */
const largestBytes = 64 * 1024;
/** What is kept of one size; a burst of small bodies must not hold memory for the rest of a run. */
const keptMax = 64;

/** For the bodies of one run. */
export function bodyMemory(): BodyMemory {
  const free = new Map<number, ArrayBuffer[]>();
  const own = new WeakSet<ArrayBufferLike>();

  function memoryOf(size: number): ArrayBuffer {
    const used = free.get(size)?.pop();
    if (used !== undefined) return used;
    const memory = new ArrayBuffer(size);
    own.add(memory);
    return memory;
  }

  return {
    take: (bytes) =>
      bytes > largestBytes ? Buffer.allocUnsafe(bytes) : Buffer.from(memoryOf(sizeFor(bytes)), 0, bytes),
    giveBack({ buffer }) {
      if (!own.has(buffer)) return;
      const kept = free.get(buffer.byteLength) ?? [];
      if (kept.length === 0) free.set(buffer.byteLength, kept);
      if (kept.length < keptMax) kept.push(buffer as ArrayBuffer);
    },
  };
}

function sizeFor(bytes: number): number {
  let size = smallestBytes;
  while (size < bytes) size *= 2;
  return size;
}
