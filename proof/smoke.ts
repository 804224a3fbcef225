import { randomBytes } from 'node:crypto';
import { locationUrl } from '../base/location.ts';
import { UserError, exitCodes } from '../base/user-error.ts';
import { connectionPool } from '../engine/http-transport.ts';
import type { Probe } from '../policies/probe.ts';
import { probeGrid } from '../policies/probe-grid.ts';
import { askerAt } from './asking.ts';
import { type Canaries, openCanaries } from './canaries.ts';
import { notProven } from './judgement.ts';
import { type Wait, askUntil, delayMsAfter, waitForReal } from './patience.ts';
import { classifyAnswer } from './refusal.ts';
import { type Check, type GrantReport, verdictOf } from './report.ts';
import { type Trial, type TrialContext, type TrialOptions, obstacle, openTrial } from './trial.ts';

export interface SmokeOptions extends TrialOptions {
  /** Rounds in a row in which everything granted must work: fresh grants spread unevenly. */
  readonly greensInARow: number;
  readonly propagationTimeoutSeconds: number;
  /** Names this run's canaries: at most 28 lower-case letters and digits, never the same twice. */
  readonly random?: () => string;
  readonly wait?: Wait;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SmokeProgress) => void;
}

export interface SmokeProgress {
  readonly phase: 'what it must' | 'what it must not' | 'cleaning up';
  readonly done: number;
  readonly total: number;
}

/**
 * Tries everything one credential must and must not do, and leaves everything as it was, also when it fails or is
 * aborted. What must work is tried first and repeated while the key propagates; only then does a refusal mean anything.
 * It never touches a real object: see `obstacle` for where it may aim.
 *
 * Throws a `UserError` where the deploying identity cannot prepare the granted place; what the credential under test
 * does is never thrown, but reported.
 */
export async function smokeGrant(options: SmokeOptions): Promise<GrantReport> {
  const startedAt = performance.now();
  const pool = connectionPool();
  const keeper = openCanaries({
    provider: options.place.provider,
    administrator: (bucket) => askerAt(options.administrator.place(bucket), { pool }),
    wait: options.wait,
  });
  try {
    const { checks, leftBehind } = await cleaningUp(keeper, options, () => runGrid({ ...options, pool, keeper }));
    return {
      kind: 'grant',
      subject: options.grant.access,
      where: locationUrl(options.grant.location),
      checks,
      verdict: verdictOf(checks),
      leftBehind,
      durationMs: Math.round(performance.now() - startedAt),
    };
  } finally {
    await pool.close();
  }
}

/** A run under way. */
type Run = SmokeOptions & TrialContext;

async function cleaningUp(
  keeper: Canaries,
  { onProgress }: SmokeOptions,
  run: () => Promise<Check[]>,
): Promise<{ checks: Check[]; leftBehind: string[] }> {
  let leftBehind: string[] = [];
  const clean = async (): Promise<void> => {
    onProgress?.({ phase: 'cleaning up', done: 0, total: 1 });
    leftBehind = await keeper.removeAll();
    onProgress?.({ phase: 'cleaning up', done: 1, total: 1 });
  };
  try {
    const checks = await run().finally(clean);
    return { checks, leftBehind };
  } catch (cause) {
    if (leftBehind.length === 0) throw cause;
    throw new UserError({
      what: `the smoke test stopped and could not remove its canaries: ${leftBehind.join('; ')}`,
      fix: 'delete them by hand',
      exitCode: exitCodes.failed,
      cause,
    });
  }
}

async function runGrid(run: Run): Promise<Check[]> {
  const random = (run.random ?? randomName)();
  const grid = probeGrid(run.grant);
  const trials = grid
    .filter((probe) => obstacle(probe, run) === undefined)
    .map((probe, index) => openTrial(probe, `${random}-${index}`, run));

  const isPositive = ({ expect, excess }: Probe): boolean => expect === 'allowed' && excess === undefined;
  const positives = await tryUntilGreen(
    trials.filter(({ probe }) => isPositive(probe)),
    run,
  );
  const others = trials.filter(({ probe }) => !isPositive(probe));
  const controlled = positives.some(({ outcome }) => outcome === 'passed');
  const negatives = controlled
    ? await tryRefusals(others, run)
    : others.map(({ probe }) =>
        notProven(probe, 'nothing that it must do was possible, so a refusal would show nothing'),
      );

  const tried = new Map([...positives, ...negatives].map((check) => [check.id, check]));
  return grid.map((probe) => tried.get(probe.id) ?? notProven(probe, obstacle(probe, run) ?? 'not tried'));
}

/** Every round sends all of them; done after enough green rounds in a row, or with a round that is not green when the time is over. */
async function tryUntilGreen(trials: readonly Trial[], run: Run): Promise<Check[]> {
  const { wait = waitForReal, propagationTimeoutSeconds, greensInARow, onProgress, signal } = run;
  const startedAt = performance.now();
  let pausedMs = 0;
  let greens = 0;
  for (let round = 0; ; round += 1) {
    onProgress?.({ phase: 'what it must', done: greens, total: greensInARow });
    const checks = await allSettled(trials.map((trial) => trial.attempt(round)));
    const isGreen = checks.every(({ outcome }) => outcome !== 'failed');
    greens = isGreen ? greens + 1 : 0;
    if (greens >= greensInARow) return checks;
    const spentMs = Math.max(pausedMs, performance.now() - startedAt);
    if (!isGreen && spentMs >= propagationTimeoutSeconds * 1000) return checks;
    const delayMs = isGreen ? greenPauseMs : Math.min(delayMsAfter(round), propagationTimeoutSeconds * 1000 - spentMs);
    await wait(delayMs, signal);
    pausedMs += delayMs;
  }
}

/** Long enough to meet another of the endpoint's servers, short enough not to be felt. */
const greenPauseMs = 50;

/** A refusal is asked for once; only busy endpoints and a key that one server does not know yet are asked again. */
const refusalPatienceSeconds = 10;

async function tryRefusals(trials: readonly Trial[], run: Run): Promise<Check[]> {
  let done = 0;
  return allSettled(
    trials.map(async (trial) => {
      let turn = 0;
      const check = await askUntil({
        ask: () => trial.attempt(turn++),
        isDone: ({ outcome, finding, seen }) =>
          outcome !== 'failed' || (finding !== 'credential' && !(finding === 'unclear' && isTransient(seen, run))),
        timeoutSeconds: Math.min(refusalPatienceSeconds, run.propagationTimeoutSeconds),
        wait: run.wait,
        signal: run.signal,
      });
      done += 1;
      run.onProgress?.({ phase: 'what it must not', done, total: trials.length });
      return check;
    }),
  );
}

function isTransient(seen: Check['seen'], { place }: Run): boolean {
  return seen !== undefined && classifyAnswer(place.provider, seen) === 'transient';
}

/** Like Promise.all, but nothing is under way any more when it rejects, so that cleaning up misses nothing. */
async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** 96 bits: no two runs share a canary, and none can hit a real key. */
function randomName(): string {
  return randomBytes(12).toString('hex');
}
