import type { Decision } from '../../../policies/decision.ts';
import type { AwsPrincipals } from './aws-principals.ts';
import { judge } from './judge.ts';
import type { SandboxUnderJudgement } from './sandbox-under-judgement.ts';
import { type SendableRequest, sendableRow } from './sendable-row.ts';
import type { SeenVerdict } from './verdict-of-answer.ts';

/** What became of the table when it was sent. */
export interface JudgedTable {
  readonly sent: readonly JudgedRow[];
  /** Reason -> how many rows could not be sent for it. */
  readonly unsent: ReadonlyMap<string, number>;
}

export interface JudgedRow {
  readonly name: string;
  readonly expected: Decision['verdict'];
  readonly seen: SeenVerdict;
}

/** Sends every row that can be sent, one after the other: there is one principal, as there is one in the table. */
export async function judgeTable(sandbox: SandboxUnderJudgement, principals: AwsPrincipals): Promise<JudgedTable> {
  const sent: JudgedRow[] = [];
  const unsent = new Map<string, number>();
  for (const group of sandbox.groups) {
    const rows: { readonly name: string; readonly request: SendableRequest; readonly expected: Decision['verdict'] }[] =
      [];
    for (const [name, asked, expected] of group.rows) {
      const request = sendableRow(group.setting, asked);
      if (request.kind === 'unsendable') unsent.set(request.because, (unsent.get(request.because) ?? 0) + 1);
      else rows.push({ name: `${group.title}: ${name}`, request, expected });
    }
    if (rows.length === 0) continue;
    const requests = rows.map(({ request }) => request);
    const seen = await judge(sandbox, principals, group, requests);
    sent.push(...rows.map(({ name, expected }, index) => ({ name, expected, seen: seen[index] ?? 'not-served' })));
  }
  return { sent, unsent };
}

/** Whether the answer agrees with the row. Not every refusal says which kind it is, but none may look like permission. */
export function agrees({ expected, seen }: JudgedRow): boolean {
  return seen === expected || (seen === 'refused' && expected !== 'allowed');
}
