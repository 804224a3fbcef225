import { randomBytes, randomInt } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const uniquePartLength = 16;

/** Unique id prefixes (IAM user guide, "IAM identifiers"): user, group, role, managed policy, key, temporary key. */
export type IdPrefix = 'AIDA' | 'AGPA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA';

/** A fresh id of AWS's shape: the prefix and 16 upper-case letters and digits. */
export function newIdentifier(prefix: IdPrefix): string {
  const unique = Array.from({ length: uniquePartLength }, () => alphabet.charAt(randomInt(alphabet.length)));
  return prefix + unique.join('');
}

/** A fresh secret access key: 40 characters of the base64 alphabet, as AWS's are. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64');
}
