import { realpath } from 'node:fs/promises';
import { UserError } from '../base/user-error.ts';
import type { Place } from './place.ts';

/** Throws `UserError` where two places are one, or one lies inside the other: a run would then read what it writes. */
export async function checkApart(source: Place, destination: Place): Promise<void> {
  const [from, to] = [await rootOf(source), await rootOf(destination)];
  if (!from.startsWith(to) && !to.startsWith(from)) return;
  throw new UserError({
    what: from === to ? `source and destination are both ${from}` : `source ${from} and destination ${to} overlap`,
    fix: 'name two places of which neither lies inside the other',
  });
}

/** A text that begins with another place's exactly where this place lies inside it. */
export async function rootOf(place: Place): Promise<string> {
  if (place.kind === 'bucket') return `${new URL(place.endpoint).origin}/${place.bucket}/${place.prefix}`;
  return `file:${await resolved(place.path)}/`;
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Not there yet: nothing can be a link to it.
    return path;
  }
}
