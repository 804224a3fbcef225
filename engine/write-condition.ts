import type { Overwrites } from './store.ts';

/** The header by which S3 and R2 refuse a write that would overwrite anything else (S3 User Guide, "Conditional writes"; R2, "S3 API compatibility"). */
export function writeCondition(overwrites: Overwrites): Readonly<Record<string, string>> {
  return overwrites === 'nothing' ? { 'if-none-match': '*' } : { 'if-match': `"${overwrites.entityTag}"` };
}
