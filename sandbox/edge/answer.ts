import type { Readable } from 'node:stream';

/** What the edge sends back: a page or an object. */
export interface EdgeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: string | Readable;
}

/** A page for people, as Cloudflare's edge and R2's public buckets answer: HTML, never the XML of S3. */
export function htmlPage(status: number, title: string, headers: EdgeAnswer['headers'] = {}): EdgeAnswer {
  return answer(
    status,
    'text/html; charset=utf-8',
    `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
    headers,
  );
}

/** An answer for programs: `body` as JSON. */
export function jsonAnswer(status: number, body: unknown, headers: EdgeAnswer['headers'] = {}): EdgeAnswer {
  return answer(status, 'application/json', JSON.stringify(body), headers);
}

function answer(status: number, type: string, body: string, headers: EdgeAnswer['headers']): EdgeAnswer {
  return { status, headers: { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers }, body };
}
