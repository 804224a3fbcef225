import { locationUrl } from '../base/location.ts';
import type { Grant } from '../policies/grant.ts';
import { probeGrid } from '../policies/probe-grid.ts';
import { notProven } from './judgement.ts';
import { type GrantReport, verdictOf } from './report.ts';

/** The report of a credential of which nothing can be tried from here: every probe not proven, for the reason in `because`. */
export function unprovenGrant(grant: Grant, because: string): GrantReport {
  const checks = probeGrid(grant).map((probe) => notProven(probe, because));
  return {
    kind: 'grant',
    subject: grant.access,
    where: locationUrl(grant.location),
    checks,
    verdict: verdictOf(checks),
    leftBehind: [],
    durationMs: 0,
  };
}
