import { z } from 'zod';
import type { DiskObject, ObjectLock } from '../store/disk-world.ts';
import { S3Error } from './s3-error.ts';

/** Object Lock (S3 User Guide, "Locking objects with Object Lock"): what is read of requests, and what it forbids. Pure. */
const modes = ['GOVERNANCE', 'COMPLIANCE'] as const;
const days = z.string().regex(/^-?\d{1,9}$/);

export const lockConfigurationSchema = z.strictObject({
  ObjectLockEnabled: z.literal('Enabled').exactOptional(),
  Rule: z
    .array(
      z.strictObject({
        DefaultRetention: z
          .strictObject({ Mode: z.enum(modes), Days: days.exactOptional(), Years: days.exactOptional() })
          .refine(({ Days, Years }) => (Days === undefined) !== (Years === undefined)),
      }),
    )
    .length(1)
    .exactOptional(),
});
export type LockConfiguration = z.infer<typeof lockConfigurationSchema>;

export const retentionSchema = z
  .strictObject({ Mode: z.enum(modes), RetainUntilDate: z.iso.datetime({ offset: true }) })
  // An empty element takes the retention away.
  .or(z.literal('').transform(() => undefined));

export const legalHoldSchema = z.strictObject({ Status: z.enum(['ON', 'OFF']) });

export type Retention = NonNullable<ObjectLock['retention']>;

const dayMs = 24 * 60 * 60 * 1000;
const retentionDaysMax = 36_500;

/** Throws `InvalidRetentionPeriod` for a default of no days, or of more than a hundred years. */
export function checkLockConfiguration({ Rule = [] }: LockConfiguration): void {
  for (const { DefaultRetention: given } of Rule) {
    const count = periodDays(given);
    if (count > 0 && count <= retentionDaysMax) continue;
    throw new S3Error('InvalidRetentionPeriod', 'Default retention period must be a positive integer value.');
  }
}

/** The retention that the bucket gives an object which comes at `now` without one. */
export function defaultRetention({ Rule = [] }: LockConfiguration, now: Date): Retention | undefined {
  const [rule] = Rule;
  if (rule === undefined) return undefined;
  const { Mode: mode } = rule.DefaultRetention;
  return { mode, untilMs: now.getTime() + periodDays(rule.DefaultRetention) * dayMs };
}

function periodDays({ Days, Years }: { readonly Days?: string; readonly Years?: string }): number {
  return Days === undefined ? Number(Years) * 365 : Number(Days);
}

const modeHeader = 'x-amz-object-lock-mode';
const untilHeader = 'x-amz-object-lock-retain-until-date';
const holdHeader = 'x-amz-object-lock-legal-hold';

/** What the headers of a write ask for. Throws `InvalidArgument`. */
export function lockOfHeaders(headers: Readonly<Record<string, string>>, now: Date): ObjectLock {
  const { [modeHeader]: mode, [untilHeader]: until, [holdHeader]: legalHold } = headers;
  if ((mode === undefined) !== (until === undefined)) {
    throw new S3Error('InvalidArgument', `${untilHeader} and ${modeHeader} must both be supplied`);
  }
  if (legalHold !== undefined && legalHold !== 'ON' && legalHold !== 'OFF') {
    throw new S3Error('InvalidArgument', "Legal Hold must be either of 'ON' or 'OFF'");
  }
  const retention = mode === undefined ? undefined : retentionOf(mode, until ?? '', now);
  return { ...(retention && { retention }), ...(legalHold !== undefined && { legalHold }) };
}

function retentionOf(modeText: string, untilText: string, now: Date): Retention {
  const mode = modes.find((each) => each === modeText);
  if (mode === undefined) throw new S3Error('InvalidArgument', 'Unknown wormMode directive.');
  const until = z.iso.datetime({ offset: true }).safeParse(untilText);
  if (!until.success) {
    throw new S3Error('InvalidArgument', 'The retain until date must be provided in ISO 8601 format');
  }
  return future({ mode, untilMs: Date.parse(until.data) }, now);
}

/** Throws `InvalidArgument` for a retention that is over before it begins. */
export function future(retention: Retention, now: Date): Retention {
  if (retention.untilMs > now.getTime()) return retention;
  throw new S3Error('InvalidArgument', 'The retain until date must be in the future!');
}

/**
 * Whether a version may not be deleted at `now`:
 *
 *     legal hold                      held, whoever asks
 *     COMPLIANCE, not over            held, whoever asks
 *     GOVERNANCE, not over            held, unless bypassed
 *     otherwise                       free
 */
export function isHeld({ lock }: Pick<DiskObject, 'lock'>, now: Date, bypass: boolean): boolean {
  if (lock?.legalHold === 'ON') return true;
  const { retention } = lock ?? {};
  if (retention === undefined || retention.untilMs <= now.getTime()) return false;
  return retention.mode === 'COMPLIANCE' || !bypass;
}

/**
 * Whether a retention may become `wanted`: longer under the same mode always, else only where it is over, or one of GOVERNANCE and
 * bypassed.
 */
export function mayBecome(
  existing: Retention | undefined,
  wanted: Retention | undefined,
  now: Date,
  bypass: boolean,
): boolean {
  if (existing === undefined || existing.untilMs <= now.getTime()) return true;
  if (wanted?.mode === existing.mode && wanted.untilMs >= existing.untilMs) return true;
  return existing.mode === 'GOVERNANCE' && bypass;
}

/** s3:object-lock-remaining-retention-days: whole days, a day that has begun counted. */
export function remainingDays(untilMs: number, now: Date): number {
  return Math.ceil((untilMs - now.getTime()) / dayMs);
}

/** `retentionDays` of a write that carries a date; a date that cannot be read is refused elsewhere. */
export function retentionDaysAsked(
  { [untilHeader]: until }: Readonly<Record<string, string>>,
  now: Date,
): { readonly retentionDays?: number } {
  const untilMs = until === undefined ? NaN : Date.parse(until);
  return Number.isNaN(untilMs) ? {} : { retentionDays: remainingDays(untilMs, now) };
}

/** The headers by which a retention and a legal hold travel. */
export function lockToHeaders({ retention, legalHold }: ObjectLock): Record<string, string> {
  return {
    ...(retention && { [modeHeader]: retention.mode, [untilHeader]: new Date(retention.untilMs).toISOString() }),
    ...(legalHold !== undefined && { [holdHeader]: legalHold }),
  };
}
