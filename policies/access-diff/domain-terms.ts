import assert from 'node:assert/strict';
import type { AccessFileDomain } from '../access-file.ts';

/** What a hostname's other settings give up or win, in words: how a visitor connects, and for how long one is let in. */
export interface TermsChange {
  readonly weaker: readonly string[];
  readonly stricter: readonly string[];
}

/** What files said before these settings were kept in them: the configuration's defaults. */
const unsaid = { minimumTls: '1.2', sessionDuration: '24h' } as const;

/** An older TLS or a longer session is weaker: a stolen session lives longer, a listener has more to break. */
export function termsChange(before: AccessFileDomain, after: AccessFileDomain): TermsChange {
  const [was, is] = [
    { ...unsaid, ...before },
    { ...unsaid, ...after },
  ];
  const changes = [
    {
      by: Number(was.minimumTls) - Number(is.minimumTls),
      text: `minimum TLS ${was.minimumTls} -> ${is.minimumTls}`,
    },
    {
      by: seconds(is.sessionDuration) - seconds(was.sessionDuration),
      text: `session ${was.sessionDuration} -> ${is.sessionDuration}`,
    },
  ];
  return {
    weaker: changes.filter(({ by }) => by > 0).map(({ text }) => text),
    stricter: changes.filter(({ by }) => by < 0).map(({ text }) => text),
  };
}

/** `1h30m` is 5,400: Go's notation, as far as the configuration takes it. */
function seconds(duration: string): number {
  const [whole, hours = 0, minutes = 0, rest = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? [];
  assert(whole !== undefined, `the configuration lets no duration like ${duration} through`);
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
}
