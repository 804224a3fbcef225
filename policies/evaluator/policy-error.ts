import { UserError } from '../../base/user-error.ts';

/** A policy that the evaluator does not fully understand. It never guesses: what it cannot decide, it refuses to read. */
export class IamPolicyError extends UserError {
  /** Where in the document: `Statement[0].Condition.StringLike`. */
  readonly place: string;

  constructor(place: string, what: string, fix?: string) {
    super({ where: `policy, ${place}`, what, ...(fix === undefined ? {} : { fix }) });
    this.name = 'IamPolicyError';
    this.place = place;
  }
}
