import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { decisionPageSchema } from './decision-log/logged-decision.ts';
import type { DecisionPage } from './decision-log/logged-decision.ts';

export interface DecisionsAsked {
  /** Decisions with a higher number only. */
  readonly after: number;
  readonly refusedOnly: boolean;
  /** How long the sandbox waits for one where there is none. */
  readonly waitSeconds?: number;
}

/** A page of a running sandbox's decision log, oldest first. */
export async function askDecisions(
  controlUrl: string,
  { after, refusedOnly, waitSeconds = 0 }: DecisionsAsked,
): Promise<DecisionPage> {
  const query = new URLSearchParams({
    after: String(after),
    refused: String(refusedOnly),
    waitSeconds: String(waitSeconds),
  });
  return decisionPageSchema.parse(await ask(`${controlUrl}/decisions?${query.toString()}`));
}

/** What a running sandbox was told to do wrong, and how often it did. */
export async function askMisbehaviours(controlUrl: string): Promise<unknown> {
  return ask(`${controlUrl}/misbehaviours`);
}

/** Tells a running sandbox what to do wrong; nothing any more where `rules` is undefined. Throws `UserError` for wrong rules. */
export async function tellMisbehaviours(controlUrl: string, rules: unknown): Promise<unknown> {
  const body = rules === undefined ? {} : { body: JSON.stringify(rules) };
  return ask(`${controlUrl}/misbehaviours`, { method: rules === undefined ? 'DELETE' : 'PUT', ...body });
}

const refusalSchema = z.object({
  error: z.string(),
  problems: z.array(z.object({ where: z.string(), what: z.string() })).default([]),
});

async function ask(url: string, request: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, request);
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { error, problems } = refusalSchema.parse(answer);
  const [first] = problems;
  throw new UserError({
    where: first === undefined || first.where === '' ? 'sandbox' : first.where,
    what: first?.what ?? error,
    fix: 'docs/sandbox.md shows every kind of misbehaviour with an example',
  });
}
