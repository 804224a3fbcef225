import type { Fault, ProxiedRequest } from '../engine/fault-proxy.ts';
import type { Dice } from './dice.ts';

type Misbehave = (request: ProxiedRequest) => Fault | undefined;

/** One line of the checklist (docs/reliability.md): what goes wrong, and that everything is copied all the same. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly source?: (dice: Dice) => Misbehave;
  readonly destination?: (dice: Dice) => Misbehave;
  /** A stall costs this much each time. */
  readonly idleTimeoutMs?: number;
  /** Who copies, beside the main thread. */
  readonly threads?: number;
}

/** Requests by what they ask for; addresses are path style. */
export const asks = {
  listing: ({ method, url }: ProxiedRequest) => method === 'GET' && url.includes('list-type=2'),
  object: ({ method, url }: ProxiedRequest) => method === 'GET' && !url.includes('list-type=2'),
  write: ({ method, url }: ProxiedRequest) => method === 'PUT' && !url.includes('partNumber='),
  part: ({ method, url }: ProxiedRequest) => method === 'PUT' && url.includes('partNumber='),
  complete: ({ method, url }: ProxiedRequest) => method === 'POST' && url.includes('?uploadId='),
  deletes: ({ method, url }: ProxiedRequest) => method === 'POST' && url.includes('?delete'),
};

export function errorAnswer(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return { answer: status, headers, body: `<Error><Code>${code}</Code><Message>as told</Message></Error>` };
}

const everything = () => true;

/** A fault in one of `oneIn` requests that `applies` to, never twice in a row, so that trying again is enough. */
function sometimes(fault: Fault, applies: (request: ProxiedRequest) => boolean = everything, oneIn = 4) {
  return (dice: Dice): Misbehave => {
    const spoiled = new Map<string, number>();
    return (request) => {
      if (!applies(request)) return undefined;
      const address = `${request.method} ${request.url}`;
      const times = spoiled.get(address) ?? 0;
      if (times >= 3 || !dice.oneIn(oneIn)) return undefined;
      spoiled.set(address, times + 1);
      return fault;
    };
  };
}

function onBoth(fault: Fault): Pick<Scenario, 'source' | 'destination'> {
  return { source: sometimes(fault), destination: sometimes(fault) };
}

export const scenarios: readonly Scenario[] = [
  { id: 'T1', title: '503 SlowDown', ...onBoth(errorAnswer(503, 'SlowDown')) },
  { id: 'T1', title: '503 with Retry-After', ...onBoth(errorAnswer(503, 'SlowDown', { 'retry-after': '0' })) },
  { id: 'T2', title: '429 TooManyRequests', ...onBoth(errorAnswer(429, 'TooManyRequests')) },
  { id: 'T3', title: '500 InternalError', ...onBoth(errorAnswer(500, 'InternalError')) },
  { id: 'T3', title: '502 of a proxy', ...onBoth({ answer: 502, body: '<html>Bad Gateway</html>' }) },
  { id: 'T3', title: '504 without a body', ...onBoth({ answer: 504 }) },
  {
    id: 'T4',
    title: '200 with an error in its body, on completing an upload',
    destination: sometimes({ ...errorAnswer(200, 'InternalError') }, asks.complete, 1),
  },
  { id: 'T5', title: 'a reset before the answer', ...onBoth({ reset: 'unserved' }) },
  { id: 'T5', title: 'a reset after the work was done, its answer lost', ...onBoth({ reset: 'served' }) },
  { id: 'T5', title: 'a reset before the answer, in threads', ...onBoth({ reset: 'unserved' }), threads: 2 },
  { id: 'T5', title: 'a reset within a body', source: sometimes({ cutAfter: 7, then: 'reset' }, asks.object) },
  { id: 'T6', title: 'a body that is shorter than listed', source: sometimes({ shortenTo: 3 }, isOfSize, 2) },
  { id: 'T6', title: 'a page of a listing that ends early', ...onListings({ shortenTo: 200 }) },
  { id: 'T7', title: 'a stall before the answer', ...rarely({ stall: true }), idleTimeoutMs: 2_000 },
  {
    id: 'T7',
    title: 'a stall within a body',
    source: sometimes({ cutAfter: 7, then: 'stall' }, isOfSize, 10),
    idleTimeoutMs: 2_000,
  },
  { id: 'T8', title: 'bodies byte by byte', source: sometimes({ sliced: true }, isOfSize, 2) },
  { id: 'T9', title: 'kept connections that the peer closes', ...onBoth({ thenClosed: true }) },
  { id: 'T13', title: 'a byte that is another, at the right length', source: sometimes({ flipByteAt: 3 }, isOfSize) },
  { id: 'L2', title: 'listings that fail in between', ...onListings(errorAnswer(500, 'InternalError')) },
  { id: 'D7', title: 'an upload whose completion was done, its answer lost', destination: lostCompletion },
];

/** Small bodies long enough to be cut, shortened or flipped. */
function isOfSize(request: ProxiedRequest): boolean {
  return asks.object(request) && request.url.includes('/small/');
}

function onListings(fault: Fault): Pick<Scenario, 'source' | 'destination'> {
  return { source: sometimes(fault, asks.listing, 1), destination: sometimes(fault, asks.listing, 1) };
}

/** A stall costs the idle timeout each time. */
function rarely(fault: Fault): Pick<Scenario, 'source' | 'destination'> {
  return { source: sometimes(fault, everything, 12), destination: sometimes(fault, everything, 12) };
}

function lostCompletion(): Misbehave {
  let lost = false;
  return (request) => {
    if (lost || !asks.complete(request)) return undefined;
    lost = true;
    return { reset: 'served' };
  };
}
