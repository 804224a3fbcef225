import type { RateLimit } from './rate-limit.ts';
import { requestGate, type RequestGate } from './request-gate.ts';
import type { Attempt } from './retry.ts';

/** Kinds of requests that providers serve, and throttle, each in its own way. */
export type RequestKind = 'list' | 'read' | 'write';

/** What holds requests to one endpoint back: how many at once of each kind, and how many a second. */
export interface Traffic {
  gateOf(call: { readonly method: string; readonly key?: string }): RequestGate;
  /** Undefined where the request may go at once. */
  enter(gate: RequestGate | undefined, attempt?: Attempt): Promise<void> | undefined;
}

export interface TrafficOptions {
  readonly requestsAtFirst: number;
  /** Requests of one kind at once, at most. */
  readonly requestsMax: number;
  /** Requests a second, shared with whom else it is given to. */
  readonly requestRate?: RateLimit | undefined;
}

export function traffic({ requestsAtFirst: start, requestsMax: max, requestRate }: TrafficOptions): Traffic {
  const gates: Readonly<Record<RequestKind, RequestGate>> = {
    list: requestGate({ start, max }),
    read: requestGate({ start, max }),
    write: requestGate({ start, max }),
  };

  async function enterInTurn(turn: Promise<void>, gate: RequestGate | undefined, attempt?: Attempt): Promise<void> {
    await turn;
    await gate?.enter(attempt);
  }

  return {
    gateOf: (call) => gates[kindOf(call)],
    enter(gate, attempt) {
      const turn = requestRate?.take(1, attempt);
      return turn === undefined ? gate?.enter(attempt) : enterInTurn(turn, gate, attempt);
    },
  };
}

function kindOf({ method, key }: { readonly method: string; readonly key?: string }): RequestKind {
  if (method !== 'GET' && method !== 'HEAD') return 'write';
  return key === undefined ? 'list' : 'read';
}
