import { randomBytes } from 'node:crypto';

const suffixDigits = 26;

/** `namePrefix` and 26 digits, as Terraform completes a prefix: a time stamp first, so that names sort by age. */
export function generatedName(prefix: string): string {
  const stamp = new Date().toISOString().replace(/\D/g, '').padEnd(18, '0');
  return `${prefix}${stamp}${randomBytes(4).toString('hex')}`.slice(0, prefix.length + suffixDigits);
}
