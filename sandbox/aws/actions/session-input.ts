import { z } from 'zod';
import { arn, listOf } from './iam-input.ts';

/** Parameters that the actions of STS share (STS API reference, "Request Parameters" of AssumeRole). */

export const sessionName = z
  .string()
  .min(2)
  .max(64)
  .regex(/^[\w+=,.@-]*$/, 'It must contain only alphanumeric characters and/or the following: +=,.@_-');

/** A DurationSeconds between `min` and `max`, which differ from call to call. */
export function durationSeconds(range: { readonly min: number; readonly max: number }) {
  return z
    .string()
    .regex(/^\d{1,6}$/, `Member must be a number between ${range.min} and ${range.max}`)
    .transform(Number)
    .pipe(z.int().min(range.min).max(range.max));
}

export const sessionPolicyInput = {
  /** 2,048 characters, white space counted: the API refuses longer ones. */
  Policy: z.string().min(1).max(2048).optional(),
  PolicyArns: listOf(z.strictObject({ arn }), 10).optional(),
};

/** What the caller of an action of STS says of the session that it asks for. */
export interface SessionInput {
  readonly DurationSeconds: number;
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn: string }[] | undefined;
}
