import { createHash } from 'node:crypto';
import { chunkLineBytesMax, trailerBytesMax } from './limits.ts';
import { S3Error } from './s3-error.ts';
import { hexHmac, hexSha256, sameSignature } from './signature.ts';

/**
 * Takes the `aws-chunked` framing off a body and checks its signatures (S3 API reference, "Signature Calculations for the
 * Authorization Header: Transferring Payload in Multiple Chunks", and the same "with Trailing Headers"):
 *
 *     hex-size[;chunk-signature=..]CRLF  bytes CRLF  ..  0[;chunk-signature=..]CRLF
 *     name:value CRLF  ..  [x-amz-trailer-signature:..CRLF]  CRLF
 */
export interface ChunkedFraming {
  /** Present where chunks are signed; `verify` holds for the right signature of what it continues from. */
  readonly signing?: ChunkSigning;
  /** `x-amz-trailer` promised trailers; without, the framing ends by an empty line. */
  readonly trailers: boolean;
}

export interface ChunkSigning {
  readonly key: Buffer;
  /** `x-amz-date` and credential scope of the request. */
  readonly date: string;
  readonly scope: string;
  /** The signature in the Authorization header, which the first chunk's continues. */
  readonly seed: string;
}

/**
 * The body's own bytes, as they come; `onTrailers` is called before the end. A bad signature throws `SignatureDoesNotMatch` after the
 * bytes went by, so a receiver must not settle a body that failed.
 */
export async function* unchunk(
  source: AsyncIterable<Buffer>,
  { signing, trailers }: ChunkedFraming,
  onTrailers: (trailers: ReadonlyMap<string, string>) => void,
): AsyncGenerator<Buffer> {
  const input = new FramedInput(source);
  let signature = signing?.seed ?? '';
  for (;;) {
    const { sizeBytes, claimed } = parseChunkLine(await input.line(chunkLineBytesMax));
    const hash = signing && createHash('sha256');
    for await (const bytes of input.bytes(sizeBytes)) {
      hash?.update(bytes);
      yield bytes;
    }
    if (signing && hash) {
      const expected = sign(signing, 'AWS4-HMAC-SHA256-PAYLOAD', [signature, emptyHash, hash.digest('hex')]);
      if (claimed === undefined || !sameSignature(expected, claimed)) throw new S3Error('SignatureDoesNotMatch');
      signature = claimed;
    }
    if (sizeBytes === 0) break;
    if ((await input.line(0)) !== '') throw new S3Error('InvalidChunkSizeError');
  }
  const fields = await readTrailers(input);
  if (trailers && signing) checkTrailerSignature(fields, signing, signature);
  onTrailers(fields);
}

const emptyHash = hexSha256('');

async function readTrailers(input: FramedInput): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  let left = trailerBytesMax;
  for (;;) {
    const line = await input.line(left);
    if (line === '') return fields;
    left -= line.length;
    const colon = line.indexOf(':');
    if (colon <= 0) throw new S3Error('MalformedTrailerError');
    fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function checkTrailerSignature(fields: Map<string, string>, signing: ChunkSigning, previous: string): void {
  const claimed = fields.get('x-amz-trailer-signature');
  fields.delete('x-amz-trailer-signature');
  const canonical = [...fields]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const expected = sign(signing, 'AWS4-HMAC-SHA256-TRAILER', [previous, hexSha256(canonical)]);
  if (claimed === undefined || !sameSignature(expected, claimed)) throw new S3Error('SignatureDoesNotMatch');
}

function sign({ key, date, scope }: ChunkSigning, algorithm: string, rest: readonly string[]): string {
  return hexHmac(key, [algorithm, date, scope, ...rest].join('\n'));
}

function parseChunkLine(line: string): { sizeBytes: number; claimed: string | undefined } {
  const [, size, claimed] = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line) ?? [];
  if (size === undefined) throw new S3Error('InvalidChunkSizeError');
  return { sizeBytes: Number.parseInt(size, 16), claimed };
}

/** A source read by lines and by counted bytes. */
class FramedInput {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The text up to the next CRLF, which is taken and left out. */
  async line(bytesMax: number): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end > bytesMax || (end < 0 && this.#buffer.length > bytesMax + 1)) throw new S3Error('InvalidChunkSizeError');
      if (end >= 0) {
        const line = this.#buffer.toString('latin1', 0, end);
        this.#buffer = this.#buffer.subarray(end + 2);
        return line;
      }
      const more = await this.#more();
      this.#buffer = this.#buffer.length === 0 ? more : Buffer.concat([this.#buffer, more]);
    }
  }

  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.#buffer.length === 0) this.#buffer = await this.#more();
      const taken = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(taken.length);
      left -= taken.length;
      yield taken;
    }
  }

  async #more(): Promise<Buffer> {
    const next = await this.#source.next();
    if (next.done === true) throw new S3Error('IncompleteBody');
    return next.value;
  }
}
