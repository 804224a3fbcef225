import { type HostnameRoute, askHostname, hostnameAgent } from './hostname.ts';

export interface AnonymousWatch {
  /** Stops asking, waits for the answers under way, and sums up. */
  stop(): Promise<AnonymousSummary>;
}

export interface AnonymousSummary {
  readonly requests: number;
  /** Answers that held the object, or any success: what must be 0 behind Access. */
  readonly served: number;
  /** How often each status came; 0 counts connections that failed. */
  readonly statuses: Readonly<Record<number, number>>;
}

/** More requests wait for an answer than this only when the edge hangs; then the prober pauses instead of piling up. */
const underWayMax = 200;

/**
 * Asks for one object without credentials, again and again, until stopped: shows that a deploy opens no window in which
 * the object is public. Redirects are not followed, so a login page does not count as served.
 */
export function watchAnonymous(options: {
  readonly route: HostnameRoute;
  readonly key: string;
  readonly requestsPerSecond?: number;
}): AnonymousWatch {
  const { route, key, requestsPerSecond = 50 } = options;
  const agent = hostnameAgent();
  const underWay = new Set<Promise<void>>();
  const statuses: Record<number, number> = {};
  let served = 0;

  const ask = async (): Promise<void> => {
    const { status } = await askHostname(route, { method: 'GET', key }, agent);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if ((status >= 200 && status < 300) || status === 304) served += 1;
  };
  const timer = setInterval(() => {
    if (underWay.size >= underWayMax) return;
    const asked = ask().finally(() => underWay.delete(asked));
    underWay.add(asked);
  }, 1000 / requestsPerSecond);

  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      await agent.close();
      const requests = Object.values(statuses).reduce((sum, count) => sum + count, 0);
      return { requests, served, statuses };
    },
  };
}
