import type { Place } from './place.ts';
import type { RateLimit } from './rate-limit.ts';
import { requestGate, type RequestGate } from './request-gate.ts';
import type { Attempt } from './retry.ts';
import type { Side } from './sides.ts';

/** Kinds of requests that providers serve, and throttle, each in its own way. */
export type RequestKind = 'list' | 'read' | 'write';

/** What a request's kind is told by. */
interface GatedCall {
  readonly method: string;
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** What holds requests to one endpoint back: how many at once of each kind, and how many a second. */
export interface Traffic {
  gateOf(call: GatedCall): RequestGate;
  /** How many requests of a kind go at once for now. */
  limitOf(kind: RequestKind): number;
  /** More of a kind would go at once if they might. */
  wanted(kind: RequestKind): void;
  /** Undefined where the request may go at once. */
  enter(gate: RequestGate | undefined, attempt?: Attempt): Promise<void> | undefined;
}

export interface TrafficOptions {
  readonly requestsAtFirst: number;
  /** Requests of one kind at once, at most. */
  readonly requestsMax: number;
  /** Requests a second, shared with whom else it is given to. */
  readonly requestRate?: RateLimit | undefined;
  /** The provider limits all kinds of requests together: where it has too much of one, all of them slow down. */
  readonly limitsTogether?: boolean;
}

/** Of B2 an account has one limit for everything, and one endpoint: two of its buckets at one endpoint share what holds them back. */
export function trafficOfSides(
  places: Readonly<Record<Side, Place>>,
  options: Omit<TrafficOptions, 'limitsTogether'>,
): Readonly<Record<Side, Traffic>> {
  const [source, destination] = [limitedTogether(places.source), limitedTogether(places.destination)];
  const atSource = traffic({ ...options, limitsTogether: source !== undefined });
  const isShared = source !== undefined && source === destination;
  return {
    source: atSource,
    destination: isShared ? atSource : traffic({ ...options, limitsTogether: destination !== undefined }),
  };
}

/** Where all requests have one limit; undefined where each kind has its own. */
function limitedTogether(place: Place): string | undefined {
  return place.kind === 'bucket' && place.provider === 'b2' ? new URL(place.endpoint).origin : undefined;
}

/** What holds requests to one endpoint back: each kind has a gate, and all of them one rate. */
export function traffic({
  requestsAtFirst: start,
  requestsMax: max,
  requestRate,
  limitsTogether = false,
}: TrafficOptions): Traffic {
  const separate: Readonly<Record<RequestKind, RequestGate>> = {
    list: requestGate({ start, max }),
    read: requestGate({ start, max }),
    write: requestGate({ start, max }),
  };
  const gates = limitsTogether ? slowedTogether(separate) : separate;

  async function enterInTurn(turn: Promise<void>, gate: RequestGate | undefined, attempt?: Attempt): Promise<void> {
    await turn;
    await gate?.enter(attempt);
  }

  return {
    gateOf: (call) => gates[kindOf(call)],
    limitOf: (kind) => separate[kind].limitNow(),
    wanted: (kind) => separate[kind].full(),
    enter(gate, attempt) {
      const turn = requestRate?.take(1, attempt);
      return turn === undefined ? gate?.enter(attempt) : enterInTurn(turn, gate, attempt);
    },
  };
}

/**
 * Each kind keeps a gate of its own, for whoever writes holds on to what it reads: with one gate for both, all of its places could be
 * readers that wait for one to write.
 */
function slowedTogether(gates: Readonly<Record<RequestKind, RequestGate>>): Readonly<Record<RequestKind, RequestGate>> {
  function slowingOthers(kind: RequestKind): RequestGate {
    const gate = gates[kind];
    const others = Object.values(gates).filter((other) => other !== gate);
    return {
      ...gate,
      leave(outcome) {
        if (outcome.kind === 'throttled') for (const other of others) other.slowDown(outcome.retryAfterMs);
        gate.leave(outcome);
      },
    };
  }
  return { list: slowingOthers('list'), read: slowingOthers('read'), write: slowingOthers('write') };
}

/**
 * An object's tags are asked for while its body is held unread: among the readers, who all hold one, they could wait for ever. Nobody who
 * lists holds anything.
 */
function kindOf({ method, key, query }: GatedCall): RequestKind {
  if (method !== 'GET' && method !== 'HEAD') return 'write';
  return key === undefined || query?.['tagging'] !== undefined ? 'list' : 'read';
}
