import { randomBytes } from 'node:crypto';
import type { AccessKeys } from '../../engine/place.ts';

/** Keys that are wrong in one way each: the right id with another secret, and an id of the same form that nobody has. */
export function wrongKeys(right: AccessKeys): { readonly impostor: AccessKeys; readonly stranger: AccessKeys } {
  const secretAccessKey = randomBytes(32).toString('hex');
  // Every service gives its ids a prefix and an alphabet: other digits in their places are an id that it could have given.
  const { accessKeyId } = right;
  const stranger = accessKeyId.slice(0, 4) + accessKeyId.slice(4).replaceAll(/./g, otherDigit);
  return { impostor: { accessKeyId, secretAccessKey }, stranger: { accessKeyId: stranger, secretAccessKey } };
}

function otherDigit(digit: string): string {
  const alphabets = ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdef', '234567', '0189'];
  const alphabet = alphabets.find((letters) => letters.includes(digit)) ?? digit;
  return alphabet[(alphabet.indexOf(digit) + 1) % alphabet.length] ?? digit;
}
