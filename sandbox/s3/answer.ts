import type { ServerResponse } from 'node:http';

export type AnswerHeaders = Readonly<Record<string, string | number>>;

/** Answers with an XML document. */
export function sendXml(response: ServerResponse, xml: string, status = 200, headers: AnswerHeaders = {}): void {
  const body = Buffer.from(xml);
  response.writeHead(status, { ...headers, 'content-type': 'application/xml', 'content-length': body.length });
  response.end(body);
}

/** Answers without a body. */
export function sendEmpty(response: ServerResponse, status = 200, headers: AnswerHeaders = {}): void {
  // A 204 may not carry a length (RFC 9110, 8.6); node leaves it out of its own accord only for 304.
  response.writeHead(status, status === 204 ? headers : { 'content-length': 0, ...headers });
  response.end();
}

/** An entity tag as headers and XML write it (RFC 9110, 8.8.3). */
export function quoted(entityTag: string): string {
  return `"${entityTag}"`;
}
