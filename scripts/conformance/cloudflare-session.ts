import Cloudflare from 'cloudflare';
import { Refused, type Step } from './step.ts';
import type { CloudflareWorld } from './world.ts';

export interface CloudflareSession extends Pick<CloudflareWorld, 'zone' | 'r2Endpoints'> {
  readonly account_id: string;
  /** A client with the token value that is remembered under this name; `administrator` is from the start. */
  client(name: string): Cloudflare;
  remember(name: string, value: string | undefined): void;
  /** Empty for what was never remembered. */
  recall(name: string): string;
}

type Run = (client: Cloudflare, session: CloudflareSession) => Promise<string>;

/** A step of Cloudflare's API; `as` names a remembered token. */
export function apiStep(
  as: string,
  operation: string,
  what: string,
  expected: string,
  run: Run,
): Step<CloudflareSession> {
  return {
    cloud: 'API',
    as,
    operation,
    what,
    expected,
    async run(session) {
      try {
        return await run(session.client(as), session);
      } catch (error) {
        throw refusal(error);
      }
    },
  };
}

/** Cloudflare's envelope tells a number for each error. */
function refusal(error: unknown): unknown {
  if (!(error instanceof Cloudflare.APIError)) return error;
  const { status, errors } = error as { status?: number; errors: readonly { code: number }[] };
  return new Refused(status, errors[0]?.code.toString());
}
