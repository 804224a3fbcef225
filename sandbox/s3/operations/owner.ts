import { createHash } from 'node:crypto';
import { element, field, type Xml } from '../xml.ts';

/**
 * A canonical user, as `<Owner>` or `<Initiator>`. One account owns everything in a world, so that the id is the same for all; the
 * name tells who asks.
 */
export function owner(name: 'Owner' | 'Initiator', principal: string | undefined): Xml {
  return element(name, field('ID', ownerId), field('DisplayName', principal?.split('/').at(-1) ?? 'sandbox'));
}

export const ownerId = createHash('sha256').update('owner of the sandbox').digest('hex');
