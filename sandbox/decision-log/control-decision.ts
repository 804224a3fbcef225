import type { QueryDecisionRecord } from '../aws/query-listener.ts';
import type { ApiDecisionRecord } from '../cloudflare/api.ts';
import type { EdgeDecisionRecord } from '../edge/listener.ts';
import type { DecisionLog } from './decision-log.ts';

/** Keeps what IAM and STS decide. */
export function loggingQueries(log: DecisionLog): { onDecision: (record: QueryDecisionRecord) => void } {
  return {
    onDecision: ({ decision, ...asked }) => log.record({ endpoint: 'aws', ...asked, ...verdictOf(decision) }),
  };
}

/** Keeps what Cloudflare's API decides. */
export function loggingApi(log: DecisionLog): { onDecision: (record: ApiDecisionRecord) => void } {
  return {
    onDecision: ({ decision, ...asked }) => log.record({ endpoint: 'cloudflare', ...asked, ...verdictOf(decision) }),
  };
}

/** Keeps what Access and public buckets decide at the edge. */
export function loggingEdge(log: DecisionLog): { onDecision: (record: EdgeDecisionRecord) => void } {
  return {
    onDecision: ({ decision, ...asked }) => log.record({ endpoint: 'edge', ...asked, ...verdictOf(decision) }),
  };
}

function verdictOf<Verdict>({ verdict, because }: { readonly verdict: Verdict; readonly because: string }) {
  return { verdict, because };
}
