import { z } from 'zod';
import { decidingEndpoints } from '../decision-log/logged-decision.ts';

/**
 * What the sandbox can be told to do wrong: what clients meet on bad days, so that they can be tried against it. Each
 * kind is a failure seen at real object stores or on the way to them.
 */
const bytes = z.int().nonnegative();
const milliseconds = z
  .number()
  .nonnegative()
  .max(10 * 60 * 1000);
const day = 24 * 60 * 60;

export const faultSchema = z.discriminatedUnion('kind', [
  /** The request waits before anybody looks at it; `jitterMs` is added by chance, evenly. */
  z.strictObject({ kind: z.literal('latency'), delayMs: milliseconds, jitterMs: milliseconds.default(0) }),
  /** The answer's body comes this fast. */
  z.strictObject({ kind: z.literal('bandwidth'), bytesPerSecond: z.int().positive() }),
  /** An error in the endpoint's own dialect, and nothing is done. */
  z.strictObject({
    kind: z.literal('error'),
    status: z.int().min(400).max(599),
    code: z.string().regex(/^\w+$/).optional(),
    retryAfterSeconds: z.int().nonnegative().optional(),
  }),
  /**
   * The connection is reset: `before` anything is done, after `afterBytes` of the request's body, after the deed and
   * before its answer, or after `afterBytes` of the answer's body.
   */
  z.strictObject({
    kind: z.literal('reset'),
    when: z.enum(['before', 'in-request', 'after-request', 'in-response']),
    afterBytes: bytes.default(0),
  }),
  /** The answer's body ends early. `kept`: Content-Length tells so; `adjusted`: it tells the shorter length. */
  z.strictObject({
    kind: z.literal('truncate'),
    afterBytes: bytes,
    lengthHeader: z.enum(['kept', 'adjusted']).default('kept'),
  }),
  /** One byte of the answer's body is another, its length the right one. */
  z.strictObject({ kind: z.literal('corrupt'), atByte: bytes.default(0) }),
  /** The connection stays open and nothing more comes: no answer at all, or after `afterBytes` of its body. */
  z.strictObject({
    kind: z.literal('stall'),
    when: z.enum(['before', 'in-response']).default('before'),
    afterBytes: bytes.default(0),
  }),
  /** Listings that lie, as those of lesser servers do. */
  z.discriminatedUnion('quirk', [
    z.strictObject({ kind: z.literal('listing'), quirk: z.enum(['ignored-start-after', 'repeats', 'wrong-order']) }),
    z.strictObject({ kind: z.literal('listing'), quirk: z.literal('short-pages'), keysMax: z.int().positive() }),
  ]),
  /** Writes of one key closer together are 429 TooManyRequests (R2 docs, "Limits": one a second). */
  z.strictObject({ kind: z.literal('write-rate'), writesPerSecond: z.number().positive().default(1) }),
  /**
   * Keys are known late, as IAM and R2 may have it: a new key is refused for so long after its making, and a revoked one
   * works for so long after the first request that should have been refused.
   */
  z.strictObject({
    kind: z.literal('key-delay'),
    newKeySeconds: z.number().nonnegative().max(day).default(0),
    revokedKeySeconds: z.number().nonnegative().max(day).default(0),
  }),
  /** The endpoint's clock is ahead (or behind, below zero), in its Date header too. */
  z.strictObject({
    kind: z.literal('clock-skew'),
    skewSeconds: z
      .number()
      .min(-365 * day)
      .max(365 * day),
  }),
]);
export type Fault = z.infer<typeof faultSchema>;
export type FaultOf<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;

/** Faults that hold for an endpoint, not for a request: nothing but the endpoint can select them. */
const standing: ReadonlySet<Fault['kind']> = new Set(['key-delay', 'clock-skew']);

export const ruleSchema = z
  .strictObject({
    fault: faultSchema,
    /** All of them unless said. */
    endpoints: z.array(z.enum(decidingEndpoints)).min(1).optional(),
    /**
     * Patterns with `*` and `?`, of which one must match: S3 operations (`PutObject`, `List*`), `iam` and `sts`, calls of
     * Cloudflare's API (`POST /accounts/?*`), methods at the edge.
     */
    operations: z.array(z.string().min(1)).min(1).optional(),
    /** A pattern for the key, or the prefix of a listing; a request with neither never matches it. */
    keys: z.string().optional(),
    /** Of a matching request. */
    probability: z.number().min(0).max(1).default(1),
    /** How often it happens at most; for ever unless said. */
    count: z.int().positive().optional(),
  })
  .check(({ value, issues }) => {
    if (!standing.has(value.fault.kind)) return;
    const selecting = (['operations', 'keys', 'count'] as const).find((name) => value[name] !== undefined);
    if (selecting === undefined && value.probability === 1) return;
    const message = `${value.fault.kind} holds for whole endpoints: nothing but "endpoints" can select it`;
    issues.push({ code: 'custom', message, path: [selecting ?? 'probability'], input: value });
  });
export type Rule = z.infer<typeof ruleSchema>;

const rulesMax = 1000;

/** What `PUT /misbehaviours` of the control endpoint takes: the whole of it, each time. */
export const misbehavioursSchema = z.strictObject({
  /** The same seed and the same requests give the same faults. */
  seed: z.int().default(1),
  rules: z.array(ruleSchema).max(rulesMax),
});
export type Misbehaviours = z.infer<typeof misbehavioursSchema>;
