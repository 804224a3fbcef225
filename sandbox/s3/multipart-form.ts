import { S3Error } from './s3-error.ts';

/** The form of a browser's upload (RFC 7578): its fields up to the file, and the file as it comes. */
export interface UploadForm {
  /** Names in lower case; of repeated names the first counts. */
  readonly fields: ReadonlyMap<string, string>;
  readonly fileName: string;
  /** To be read to its end; what follows the file in the form is dropped (S3 API reference, POST Object). */
  readonly file: AsyncIterable<Buffer>;
}

/** S3 API reference, error MaxPostPreDataLengthExceededError. */
const formFieldsBytesMax = 20 * 1024;

/** The boundary that a form's content type names; undefined for another content type. */
export function formBoundary(contentType: string | undefined): string | undefined {
  const [, quoted, bare] =
    /^multipart\/form-data\s*;.*?boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '') ?? [];
  return quoted ?? bare;
}

/** Reads a form up to its file. Throws `MalformedPOSTRequest`, `MaxPostPreDataLengthExceeded`, `InvalidArgument` without a file. */
export async function readForm(source: AsyncIterable<Buffer>, boundary: string): Promise<UploadForm> {
  const reader = new FormReader(source);
  const fields = new Map<string, string>();
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  await reader.until(delimiter);
  while ((await reader.until(lineEnd)).length === 0) {
    const { name, fileName } = dispositionOf((await reader.until(blankLine)).toString('utf8'));
    if (name === 'file') return { fields, fileName, file: reader.rest(delimiter) };
    const value = (await reader.until(delimiter)).toString('utf8');
    if (!fields.has(name)) fields.set(name, value);
  }
  throw new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.');
}

const lineEnd = Buffer.from('\r\n');
const blankLine = Buffer.from('\r\n\r\n');

/** `Content-Disposition: form-data; name="file"; filename="a.txt"` among a part's headers. */
function dispositionOf(headers: string): { readonly name: string; readonly fileName: string } {
  const line = headers.split('\r\n').find((each) => /^content-disposition\s*:\s*form-data\b/i.test(each));
  const name = parameter(line, 'name');
  if (name === undefined) throw new S3Error('MalformedPOSTRequest');
  return { name: name.toLowerCase(), fileName: parameter(line, 'filename') ?? '' };
}

function parameter(line: string | undefined, name: string): string | undefined {
  const [, quoted, bare] =
    new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(line ?? '') ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? bare;
}

/** Takes a body apart at markers, without holding more of it than lies between two. */
class FormReader {
  readonly #source: AsyncIterator<Buffer>;
  /** The first delimiter stands at the very beginning, without the line end that others have before them. */
  #pending: Buffer = lineEnd;
  #fieldsBytes = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The bytes before `marker`, which is passed. */
  async until(marker: Buffer): Promise<Buffer> {
    let at = this.#pending.indexOf(marker);
    while (at < 0) {
      if (this.#fieldsBytes + this.#pending.length > formFieldsBytesMax + marker.length) throw fieldsTooLong();
      if (!(await this.#readMore())) throw new S3Error('MalformedPOSTRequest');
      at = this.#pending.indexOf(marker);
    }
    const before = this.#pending.subarray(0, at);
    this.#pending = this.#pending.subarray(at + marker.length);
    this.#fieldsBytes += at + marker.length;
    if (this.#fieldsBytes > formFieldsBytesMax) throw fieldsTooLong();
    return before;
  }

  /** The bytes before `marker` as they come; then reads the source to its end. */
  async *rest(marker: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#pending.indexOf(marker);
      // The last bytes may be the beginning of the marker.
      const safe = at < 0 ? this.#pending.length - marker.length + 1 : at;
      if (safe > 0) {
        yield this.#pending.subarray(0, safe);
        this.#pending = this.#pending.subarray(safe);
      }
      if (at >= 0) break;
      if (!(await this.#readMore())) throw new S3Error('MalformedPOSTRequest');
    }
    while ((await this.#source.next()).done !== true);
  }

  async #readMore(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#pending = Buffer.concat([this.#pending, next.value]);
    return true;
  }
}

function fieldsTooLong(): S3Error {
  return new S3Error('MaxPostPreDataLengthExceeded');
}
