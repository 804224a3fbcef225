/** The time that one endpoint's requests are signed with: the machine's, until the provider says that it is off by too much. */
export interface ServerClock {
  /** The provider's time less the machine's, as far as it is known. */
  readonly offsetMs: number;
  now(): Date;
  /**
   * Takes the provider's time from an answer that refused a request as made too early or too late, which was signed at `offsetMs`.
   * Whether the same request, signed anew, may be taken.
   */
  learn(refusal: ClockRefusal, offsetMs: number): boolean;
}

export interface ClockRefusal {
  readonly status: number;
  /** None in the answer to a HEAD, which has no body that could say it. */
  readonly code?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** S3 API reference, "Error responses": more than 15 minutes between the two clocks. */
export const skewedCode = 'RequestTimeTooSkewed';
/** The date comes in whole seconds, and answers take their time: only what is further away than this is another clock. */
const noiseMs = 5 * 60_000;

/** A clock that is right until told otherwise; `onCorrected` hears by how much it was wrong, each time it is set. */
export function serverClock({
  machine = Date.now,
  onCorrected = () => undefined,
}: { machine?: () => number; onCorrected?: (offsetMs: number) => void } = {}): ServerClock {
  let offsetMs = 0;
  return {
    get offsetMs() {
      return offsetMs;
    },
    now: () => new Date(machine() + offsetMs),
    learn({ status, code, headers }, usedMs) {
      if (code !== skewedCode && (status !== 403 || code !== undefined)) return false;
      const toldMs = Date.parse(headers['date'] ?? '') - machine();
      // A provider whose own date does not explain its refusal (NaN as well) cannot be followed.
      if (!(Math.abs(toldMs - usedMs) > noiseMs)) return false;
      // Many requests are refused at once; the first of them sets the clock.
      if (Math.abs(toldMs - offsetMs) > noiseMs) {
        offsetMs = toldMs;
        onCorrected(offsetMs);
      }
      return true;
    },
  };
}

/** Where the machine's clock stands, as in `16 minutes behind`. */
export function clockInWords(offsetMs: number): string {
  return `${Math.round(Math.abs(offsetMs) / 60_000)} minutes ${offsetMs > 0 ? 'behind' : 'ahead of'}`;
}
