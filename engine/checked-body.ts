import { passedOn, type Body } from './body.ts';
import { startCrc64 } from './crc64.ts';
import { Failure } from './failure.ts';

/** Throws `broken` where a body is not the one that its source keeps this CRC64NVME of. */
export function checkSum(body: Uint8Array, crc64: string): void {
  const running = startCrc64();
  running.update(body);
  if (running.value() !== crc64) throw corrupted('CRC64NVME');
}

/** Passes a body on whose CRC64NVME is known. The last chunk waits until it fits: nothing wrong ever comes to an end. */
export function checkedBody(body: Body, crc64: string): Body {
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const running = startCrc64();
    let held: Uint8Array | undefined;
    for await (const chunk of body) {
      running.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
    if (running.value() !== crc64) throw corrupted('CRC64NVME');
    if (held !== undefined) yield held;
  }
  return passedOn(body, chunks());
}

/** A body that does not have the checksum that the source keeps of it. */
export function corrupted(checksum: 'CRC64NVME' | 'MD5'): Failure {
  const message = `source: what came is not what its checksum (${checksum}) is of`;
  return new Failure({ kind: 'broken', code: 'BadDigest', message });
}
