import type { DecisionFile } from './decision-file.ts';
import type { DecisionPage, LoggedDecision, NewDecision } from './logged-decision.ts';

/** What is kept in memory: a few minutes of a busy copy, some megabytes. */
const decisionsKeptMax = 10_000;

export interface DecisionQuery {
  /** Decisions with a higher number only. */
  readonly after: number;
  readonly refusedOnly: boolean;
  readonly decisionsMax: number;
}

/** Why was that allowed, or refused? The sandbox's latest decisions in memory, all of them (up to a size) on disk. */
export interface DecisionLog {
  record(decision: NewDecision): void;
  /** The oldest that match first. What fell out of memory is only on disk. */
  page(query: DecisionQuery): DecisionPage;
  /** Resolves once a decision beyond `after` is there, or `signal` aborts. */
  beyond(after: number, signal: AbortSignal): Promise<void>;
}

/** A log that starts empty. `file` hears every decision; `keptMax` is for tests. */
export function decisionLog(file: Pick<DecisionFile, 'append'>, keptMax = decisionsKeptMax): DecisionLog {
  /** Decision n lies at place (n - 1) modulo `keptMax`. */
  const ring: LoggedDecision[] = [];
  let last = 0;
  const waiting = new Set<() => void>();

  return {
    record({ at, ...decision }) {
      last += 1;
      const logged = { number: last, at: at.toISOString(), ...decision };
      ring[(last - 1) % keptMax] = logged;
      file.append(logged);
      for (const wake of waiting) wake();
    },

    page({ after, refusedOnly, decisionsMax }) {
      const decisions: LoggedDecision[] = [];
      let seen = Math.max(after, last - keptMax);
      while (seen < last && decisions.length < decisionsMax) {
        const decision = ring[seen % keptMax];
        seen += 1;
        if (decision !== undefined && !(refusedOnly && decision.verdict === 'allowed')) decisions.push(decision);
      }
      return { decisions, last: seen };
    },

    beyond(after, signal) {
      return new Promise((resolve) => {
        const look = (): void => {
          if (last <= after && !signal.aborted) return;
          waiting.delete(look);
          signal.removeEventListener('abort', look);
          resolve();
        };
        waiting.add(look);
        signal.addEventListener('abort', look);
        look();
      });
    },
  };
}
