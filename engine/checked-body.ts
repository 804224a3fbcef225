import { passedOn, type Body } from './body.ts';
import { startChecksum, type Checksum, type ChecksumAlgorithm } from './checksum.ts';
import { Failure } from './failure.ts';
import type { Description, StoreChecks } from './store.ts';

/** What the source keeps of a body that is to be compared here, for the destination is told nothing of it that it would compare itself. */
export function checkedHere(
  { md5, crc64, checksum }: Omit<Description, 'headers'>,
  checks: StoreChecks,
): Checksum | undefined {
  if (md5 !== undefined || (crc64 !== undefined && checks.crc64)) return undefined;
  return crc64 === undefined ? checksum : { algorithm: 'CRC64NVME', value: crc64 };
}

/** Throws `broken` where a body is not the one that its source keeps this checksum of. */
export function checkSum(body: Uint8Array, { algorithm, value }: Checksum): void {
  const running = startChecksum(algorithm);
  running.update(body);
  if (running.value() !== value) throw corrupted(algorithm);
}

/** Passes a body on whose checksum is known. The last chunk waits until it fits: nothing wrong ever comes to an end. */
export function checkedBody(body: Body, { algorithm, value }: Checksum): Body {
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const running = startChecksum(algorithm);
    let held: Uint8Array | undefined;
    for await (const chunk of body) {
      running.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
    if (running.value() !== value) throw corrupted(algorithm);
    if (held !== undefined) yield held;
  }
  return passedOn(body, chunks());
}

/** A body that does not have the checksum that the source keeps of it. */
export function corrupted(algorithm: ChecksumAlgorithm): Failure {
  const message = `source: what came is not what its checksum (${algorithm}) is of`;
  return new Failure({ kind: 'broken', code: 'BadDigest', message });
}
