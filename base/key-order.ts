/**
 * Orders two keys as S3 lists them: by the bytes of their UTF-8 form.
 *
 * JavaScript's `<` compares UTF-16 units, where a surrogate pair (U+10000 and above) sorts before U+E000..U+FFFF;
 * merging two listings with it pairs keys wrongly, and a sync would then delete live objects.
 * Returns a negative number, zero or a positive number.
 */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return byteRank(a) - byteRank(b);
  }
  return left.length - right.length;
}

/** Moves the surrogates above every other unit, which is where their code points' bytes stand. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
