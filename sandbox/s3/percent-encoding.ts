/**
 * The text that a percent-encoded path or query part stands for; undefined where it is no UTF-8 or an escape is broken. Bytes that a
 * client sent raw reach us as Latin-1 characters and count as the bytes they are.
 */
export function decodePercent(raw: string): string | undefined {
  if (plain.test(raw)) return raw;
  try {
    return decodeURIComponent(raw.replace(rawBytes, (char) => `%${char.charCodeAt(0).toString(16)}`));
  } catch {
    return undefined;
  }
}

const plain = /^[\x20-\x24\x26-\x7e]*$/;
const rawBytes = /[\x80-\xff]/g;

/** What `encoding-type=url` asks for: every byte but letters, digits and `-._~/` as `%XX`, which any decoder reads back. */
export function encodeForListing(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');
}
