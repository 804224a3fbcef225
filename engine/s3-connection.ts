import { asFailure, Failure } from './failure.ts';
import { httpTransport, type OpenOptions, type TransportOptions } from './http-transport.ts';
import { outcomeOfError } from './request-gate.ts';
import type { Attempt } from './retry.ts';
import {
  failureOf,
  outcomeOf,
  readAnswer,
  readText,
  textBytesMax,
  type AnswerHead,
  type OpenAnswer,
  type S3Answer,
} from './s3-answer.ts';
import { requestWriter, sentBytes, type S3Call, type S3Endpoint } from './s3-request.ts';
import { clockInWords, skewedCode, type ServerClock } from './server-clock.ts';
import type { Traffic } from './traffic.ts';
import type { WholeAnswer } from './whole-answer.ts';

/** Ways to send requests to one endpoint with one credential. None retries. */
export interface S3Connection {
  /** Sends one request and reads its whole answer, a refusal as much as a success. Throws `Failure` where no answer came. */
  send(call: S3Call, attempt?: Attempt): Promise<S3Answer>;
  /** Sends one request; a success comes with its body unread, anything else is thrown as a `Failure`. */
  open(call: S3Call, attempt?: Attempt): Promise<OpenAnswer>;
  /** Sends one request; a success comes with its whole body in one buffer, anything else is thrown as a `Failure`. */
  fetch(call: S3Call, options: FetchOptions): Promise<WholeAnswer>;
  /** Takes the memory of a fetched body back, which nobody will look at again. */
  readonly giveBack?: (body: Uint8Array) => void;
}

export interface FetchOptions {
  readonly attempt: Attempt;
  /** A longer body is a `broken` failure. */
  readonly bytesMax: number;
  /** Looks at the head of a success before a byte of its body is read; what it throws ends the request. */
  readonly onHead?: (status: number, headers: Readonly<Record<string, string>>) => void;
}

export interface ConnectOptions extends TransportOptions {
  /** Holds requests back; they go at once without it. */
  readonly traffic?: Traffic | undefined;
  /** Requests are signed with its time; what it is set right by is a failure that may pass. The machine's time without it. */
  readonly clock?: ServerClock | undefined;
}

/** Opens nothing by itself: connections to the endpoint are made as requests need them. */
export function connect(place: S3Endpoint, { traffic, clock, ...options }: ConnectOptions = {}): S3Connection {
  const transport = httpTransport(new URL(place.endpoint).origin, options);
  const requestOf = requestWriter(place, clock);
  const { wire } = options;

  async function whole(call: S3Call, { attempt, bytesMax = textBytesMax, onHead }: Partial<FetchOptions>) {
    const gate = traffic?.gateOf(call);
    const held = traffic?.enter(gate, attempt);
    if (held !== undefined) await held;
    try {
      // Signed only now, for it may have waited for longer than a signature holds.
      const answer = await transport.whole(requestOf(call), {
        attempt,
        bytesMax: (status) => (status < 300 ? bytesMax : textBytesMax),
        onHead: (status, headers) => {
          if (status < 300) onHead?.(status, headers);
        },
      });
      gate?.leave(outcomeOf(answer, answer.body.length + sentBytes(call)));
      return answer;
    } catch (error) {
      gate?.leave(outcomeOfError(error));
      throw error;
    }
  }

  async function unread(call: S3Call, attempt?: Attempt): Promise<OpenAnswer> {
    const gate = traffic?.gateOf(call);
    await traffic?.enter(gate, attempt);
    const onEnd: OpenOptions['onEnd'] = (answer, error) => {
      const bytes = Number(answer.headers['content-length'] ?? 0);
      gate?.leave(error === undefined ? outcomeOf(answer, bytes) : outcomeOfError(error));
    };
    try {
      return await transport.open(requestOf(call), { attempt, onEnd });
    } catch (error) {
      gate?.leave(outcomeOfError(error));
      throw error;
    }
  }

  /** What an answer says. Throws where it refuses a request for the time it was signed with, and it is worth trying again. */
  function read(head: AnswerHead, body: string, signedOffsetMs: number): S3Answer {
    const answer = readAnswer(head, body);
    if (clock?.learn(answer, signedOffsetMs) !== true) return answer;
    const message = `signed with a clock that is ${clockInWords(clock.offsetMs)} that of the provider`;
    throw new Failure({ kind: 'transient', status: answer.status, code: skewedCode, message });
  }

  return {
    async send(call, attempt) {
      const { offsetMs = 0 } = clock ?? {};
      try {
        const answer = await whole(call, attempt === undefined ? {} : { attempt });
        return read(answer, answer.body.toString('utf8'), offsetMs);
      } catch (error) {
        throw asFailure(error);
      }
    },

    async open(call, attempt) {
      const { offsetMs = 0 } = clock ?? {};
      try {
        const answer = await unread(call, attempt);
        if (answer.status < 300) return answer;
        throw failureOf(read(answer, await readText(answer.body, attempt), offsetMs));
      } catch (error) {
        throw asFailure(error);
      }
    },

    async fetch(call, options) {
      const { offsetMs = 0 } = clock ?? {};
      try {
        const answer = await whole(call, options);
        if (answer.status < 300) return answer;
        throw failureOf(read(answer, answer.body.toString('utf8'), offsetMs));
      } catch (error) {
        throw asFailure(error);
      }
    },

    ...(wire && { giveBack: wire.giveBack }),
  };
}
