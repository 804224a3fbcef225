import { crc32 } from 'node:zlib';

/**
 * How records stand in a journal file, one after the other:
 *
 *     4 bytes   length of the record, little endian
 *     4 bytes   CRC-32 of the record
 *     n bytes   the record, JSON in UTF-8
 *
 * A process that is killed while it appends leaves a torn last record, which the checksum tells from a whole one. A machine that loses
 * its power may leave zeros there, which would pass for records of no bytes: there are none.
 */
const headBytes = 8;

/** No record comes near: a page's keys are at most 1,000 of 1,024 bytes. */
const recordBytesMax = 64 * 1024 * 1024;

/** A record with its length and its CRC-32 before it, as `decodeFrames` takes it. */
export function encodeFrame(record: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(record), 'utf8');
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([head, payload]);
}

/** All whole records from the beginning, and how many bytes they take: what follows is torn. */
export function decodeFrames(bytes: Buffer): { readonly records: readonly unknown[]; readonly wholeBytes: number } {
  const records: unknown[] = [];
  let offset = 0;
  while (offset + headBytes <= bytes.length) {
    const length = bytes.readUInt32LE(offset);
    const payload = bytes.subarray(offset + headBytes, offset + headBytes + length);
    if (length === 0 || length > recordBytesMax || payload.length < length) break;
    if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) break;
    records.push(JSON.parse(payload.toString('utf8')));
    offset += headBytes + length;
  }
  return { records, wholeBytes: offset };
}
