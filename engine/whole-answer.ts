import type { Dispatcher } from 'undici';
import { tooLong } from './body.ts';
import { onStop, type Attempt } from './retry.ts';

/** An answer with all of its body. */
export interface WholeAnswer {
  readonly status: number;
  /** Names in lower case; values as byte strings (Latin-1). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface WholeAnswerOptions {
  readonly attempt?: Attempt | undefined;
  /** Looks at a head before a byte of its body is read; what it throws ends the request. */
  readonly onHead?: (status: number, headers: Readonly<Record<string, string>>) => void;
  /** The longest body of this answer; a longer one is a `broken` failure. */
  readonly bytesMax: (status: number) => number;
}

/**
 * Sends one request below undici's own `request`, straight to a handler that keeps the body in one buffer: small objects spend
 * most of that function's time on streams and signals that they do not need. Rejects with what ended the request.
 */
export function requestWhole(
  pool: Dispatcher,
  request: Dispatcher.DispatchOptions,
  options: WholeAnswerOptions,
): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, new WholeAnswerHandler(options, resolve, reject));
  });
}

class WholeAnswerHandler implements Dispatcher.DispatchHandler {
  readonly #options: WholeAnswerOptions;
  readonly #resolve: (answer: WholeAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #forget: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #stopped: Error | undefined;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #bytesMax = 0;
  #bytes = 0;
  #chunks: Buffer[] = [];

  constructor(options: WholeAnswerOptions, resolve: (answer: WholeAnswer) => void, reject: (error: unknown) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#forget = options.attempt && onStop(options.attempt, (reason) => this.#stop(reason));
  }

  /** A request that still waits for a connection is given up at once, and dropped when its turn comes. */
  #stop(reason: Error): void {
    this.#stopped = reason;
    this.#controller?.abort(reason);
    this.#reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== undefined) controller.abort(this.#stopped);
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // Informational: the answer itself is still to come.
    if (status < 200) return;
    this.#status = status;
    this.#headers = flatHeaders(headers);
    this.#bytesMax = this.#options.bytesMax(status);
    this.#options.onHead?.(status, this.#headers);
    this.#options.attempt?.touch();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) throw tooLong(this.#bytesMax);
    this.#chunks.push(chunk);
    this.#options.attempt?.touch();
  }

  onResponseEnd(): void {
    this.#forget?.();
    const [first] = this.#chunks;
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#forget?.();
    this.#reject(error);
  }
}

/** A header that came several times is one, its values joined by commas (RFC 9110, 5.3). */
export function flatHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}
