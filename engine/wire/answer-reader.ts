import { tooLong } from '../body.ts';
import type { WholeAnswer } from '../whole-answer.ts';

/**
 * The answer is of a form that this reader does not know. Nobody may guess where such an answer ends, for the next one on the connection
 * would begin at the wrong byte: the connection is given up and a complete HTTP client asks again.
 */
export class UnexpectedAnswer extends Error {}

export interface AnswerOptions {
  /** The longest body of an answer with this status; a longer one is a `broken` failure. */
  readonly bytesMax: (status: number) => number;
  /** Looks at a head before a byte of its body is read; what it throws ends the request. */
  readonly onHead?: (status: number, headers: Readonly<Record<string, string>>) => void;
  /** Takes the body in as it comes, `bytes[from..to)`, instead of the answer; the bytes are the reader's own again afterwards. */
  readonly onBody?: (bytes: Buffer, from: number, to: number) => void;
  /** Memory that the next bytes of a body may be read into, of so many that are still to come, before `onBody` is given them. */
  readonly roomFor?: (missingBytes: number) => Buffer | undefined;
  /** Memory for a body of a known length. */
  readonly allocate?: (bytes: number) => Buffer;
  /** Of all answers of a run, which have the same few names. */
  readonly nameOf?: FieldNames;
}

/** The name of a field in lower case. Throws `UnexpectedAnswer` for what is no name. */
export type FieldNames = (name: string) => string;

/** So many names are remembered: a server has a few, but metadata may have any. */
const namesMax = 256;

/** Names that are remembered: to check one takes longer than to find it. */
export function fieldNames(): FieldNames {
  const known = new Map<string, string>();
  return (given) => {
    const before = known.get(given);
    if (before !== undefined) return before;
    const name = given.toLowerCase();
    if (!namePattern.test(name)) throw new UnexpectedAnswer('a field of another form');
    if (known.size < namesMax) known.set(given, name);
    return name;
  };
}

/** As Node's own limit for the head of a message. */
const headBytesMax = 16 * 1024;
const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = '\r\n';
const statusPattern = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/;
/** RFC 9110, 5.1: a token. A line that goes on in the next (RFC 9112, 5.2) begins with none. */
const namePattern = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** RFC 9110, 5.5: no controls but the tab, and no half of a line's end. */
const linesPattern = /^(?:[\t\x20-\x7e\x80-\xff]|\r\n)*$/;
/** Eight digits are more than any answer may have. Extensions (RFC 9112, 7.1.1) are not known here. */
const chunkSizePattern = /^[0-9A-Fa-f]{1,8}$/;

type State = 'head' | 'body' | 'chunk size' | 'chunk' | 'chunk end' | 'last line' | 'whole';

/**
 * Reads one answer of HTTP/1.1 (RFC 9112) as it arrives, in pieces of any size that are not kept. It knows the form in which object stores
 * answer, and nothing else: a plain status line, plain fields, a body of an announced length or in plain chunks.
 * `take` throws `UnexpectedAnswer` for everything beyond, a `broken` failure for a body that is too long, and what `onHead` throws.
 */
export class AnswerReader {
  readonly #options: AnswerOptions;
  #state: State = 'head';
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #bytesMax = 0;
  /** What has been read of a line (or a head) whose end has not come yet. */
  #begun: Buffer | undefined;
  /** A body of a known length, filled from the beginning; else its chunks. */
  #body: Buffer | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes that the body, or its current chunk, still lacks. */
  #missing = 0;

  constructor(options: AnswerOptions) {
    this.#options = options;
  }

  /** Takes the next bytes, the first `length` of what is given; true once the answer is whole. */
  take(arrived: Buffer, length = arrived.length): boolean {
    if (this.#begun !== undefined) {
      const bytes = Buffer.concat([this.#begun, arrived.subarray(0, length)]);
      this.#begun = undefined;
      return this.take(bytes);
    }
    for (let at: number | undefined = 0; at !== undefined && at < length;) {
      if (this.#state === 'whole') throw new UnexpectedAnswer('bytes follow the answer');
      const isBody = this.#state === 'body' || this.#state === 'chunk';
      at = isBody ? this.#takeBody(arrived, at, length) : this.#line(arrived, at, length);
    }
    return this.#state === 'whole';
  }

  /** Where the next bytes may be read into so that nobody copies them; undefined where it does not matter. */
  room(): Buffer | undefined {
    return this.#state === 'body' ? this.#options.roomFor?.(this.#missing) : undefined;
  }

  /** To be asked once it is whole. */
  answer(): WholeAnswer {
    const body = this.#body ?? Buffer.concat(this.#chunks, this.#bytes);
    return { status: this.#status, headers: this.#headers, body };
  }

  /** Whether the server takes another request on the same connection. */
  get keepsConnection(): boolean {
    const connection = this.#headers['connection'];
    return connection === undefined || connection.toLowerCase() === 'keep-alive';
  }

  /** For so long it says that it keeps an idle connection (`Keep-Alive: timeout=5`). */
  get keepAliveSeconds(): number | undefined {
    const seconds = /(?:^|[ ,])timeout=(\d{1,6})(?:$|[ ,])/.exec(this.#headers['keep-alive'] ?? '')?.[1];
    return seconds === undefined ? undefined : Number(seconds);
  }

  /** Reads the head, or a line between chunks, and says where it ended; undefined where its end has not come yet. */
  #line(bytes: Buffer, at: number, length: number): number | undefined {
    const mark = this.#state === 'head' ? headEnd : lineEnd;
    const found = bytes.indexOf(mark, at);
    // What stands behind the end was there before.
    const end = found + mark.length > length ? -1 : found;
    if ((end < 0 ? length : end) - at > headBytesMax) throw new UnexpectedAnswer('a head or line without end');
    if (end < 0) {
      // A copy, for the bytes belong to whoever brought them.
      this.#begun = Buffer.from(bytes.subarray(at, length));
      return undefined;
    }
    const text = bytes.toString('latin1', at, end);
    if (this.#state === 'head') this.#head(text);
    else this.#chunkLine(text);
    return end + mark.length;
  }

  #head(text: string): void {
    if (!linesPattern.test(text)) throw new UnexpectedAnswer('a character that no head has');
    const end = lineEndAfter(text, 0);
    const status = Number(statusPattern.exec(text.slice(0, end))?.[1]);
    if (Number.isNaN(status) || status === 101) throw new UnexpectedAnswer('a status line of another form');
    const headers = fieldsOf(text, end + lineEnd.length, this.#options.nameOf ?? fieldNames());
    // Informational: the answer itself is still to come.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#bytesMax = this.#options.bytesMax(status);
    this.#state = this.#frame();
    this.#options.onHead?.(status, headers);
    if (this.#state !== 'body') return;
    this.#checkLength(this.#missing);
    const { onBody, allocate } = this.#options;
    if (onBody === undefined) this.#body = allocate?.(this.#missing) ?? Buffer.allocUnsafe(this.#missing);
  }

  /** How the end of the body is told (RFC 9112, 6.3). Both ways at once is how one answer is smuggled into another. */
  #frame(): State {
    const length = this.#headers['content-length'];
    const encoding = this.#headers['transfer-encoding'];
    if (encoding !== undefined) {
      if (length !== undefined || encoding.toLowerCase() !== 'chunked') throw new UnexpectedAnswer('unknown framing');
      return 'chunk size';
    }
    if (this.#status === 204 || this.#status === 304) return 'whole';
    // Two lengths, joined by a comma, are none either.
    if (length === undefined || !/^\d{1,15}$/.test(length)) throw new UnexpectedAnswer('no length');
    this.#missing = Number(length);
    return this.#missing === 0 ? 'whole' : 'body';
  }

  #chunkLine(text: string): void {
    if (this.#state === 'chunk size') {
      if (!chunkSizePattern.test(text)) throw new UnexpectedAnswer('a chunk of another form');
      this.#missing = Number.parseInt(text, 16);
      this.#checkLength(this.#bytes + this.#missing);
      this.#state = this.#missing === 0 ? 'last line' : 'chunk';
    } else {
      // After a chunk nothing stands before its line end; after the last, trailers might.
      if (text !== '') throw new UnexpectedAnswer('a chunk with a tail, or a trailer');
      this.#state = this.#state === 'chunk end' ? 'chunk size' : 'whole';
    }
  }

  /** Copies what there is of the body, or passes it on, and says where it ended. */
  #takeBody(bytes: Buffer, at: number, length: number): number {
    const end = Math.min(length, at + this.#missing);
    const { onBody } = this.#options;
    if (onBody !== undefined) onBody(bytes, at, end);
    else if (this.#body === undefined) this.#chunks.push(Buffer.from(bytes.subarray(at, end)));
    else bytes.copy(this.#body, this.#bytes, at, end);
    this.#bytes += end - at;
    this.#missing -= end - at;
    if (this.#missing === 0) this.#state = this.#state === 'chunk' ? 'chunk end' : 'whole';
    return end;
  }

  #checkLength(bytes: number): void {
    if (bytes > this.#bytesMax) throw tooLong(this.#bytesMax);
  }
}

/** The fields of a head that begin at `from`. A field that came several times is one, its values joined by commas (RFC 9110, 5.3). */
function fieldsOf(head: string, from: number, nameOf: FieldNames): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = from; at < head.length;) {
    const end = lineEndAfter(head, at);
    const colon = head.indexOf(':', at);
    if (colon > end) throw new UnexpectedAnswer('a line that is no field');
    const name = nameOf(head.slice(at, Math.max(at, colon)));
    const value = head.slice(colon + 1, end).trim();
    const earlier = fields[name];
    fields[name] = earlier === undefined ? value : `${earlier}, ${value}`;
    at = end + lineEnd.length;
  }
  return fields;
}

function lineEndAfter(head: string, at: number): number {
  const end = head.indexOf(lineEnd, at);
  return end < 0 ? head.length : end;
}
