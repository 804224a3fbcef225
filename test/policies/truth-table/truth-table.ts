import { conditions } from './conditions.ts';
import { evaluationLogic } from './evaluation-logic.ts';
import { prefixes } from './prefixes.ts';
import { r2Tokens } from './r2-tokens.ts';
import { s3Calls } from './s3-calls.ts';
import type { TruthGroup } from './truth-row.ts';

/** Every row: decided by the evaluator in test/policies, sent for real in test/sandbox. */
export const truthTable: readonly TruthGroup[] = [
  ...s3Calls,
  ...prefixes,
  ...conditions,
  ...evaluationLogic,
  ...r2Tokens,
];
