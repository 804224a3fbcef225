import { XMLParser } from 'fast-xml-parser';
import type { z } from 'zod';
import { xmlBytesMax } from './limits.ts';
import { S3Error } from './s3-error.ts';

/** Elements that may stand several times, and are lists however often they do. */
const lists = new Set([
  ...['Object', 'Part', 'Tag', 'Rule'],
  ...['CORSRule', 'AllowedOrigin', 'AllowedMethod', 'AllowedHeader', 'ExposeHeader'],
  ...['Transition', 'NoncurrentVersionTransition'],
]);

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  // Keys may begin and end in spaces.
  trimValues: false,
  // Declared entities can grow without bound; the five of XML and numeric references are decoded below.
  processEntities: false,
  isArray: (name) => lists.has(name),
});

/** Reads a small XML body. Throws `MalformedXML` where it is not well-formed or not of `schema`. */
export async function readXml<Parsed>(
  body: AsyncIterable<Buffer>,
  root: string,
  schema: z.ZodType<Parsed>,
): Promise<Parsed> {
  const parsed = schema.safeParse(parseXml(await readText(body), root));
  if (!parsed.success) throw new S3Error('MalformedXML');
  return parsed.data;
}

/** The whole body as text. Throws `MaxMessageLengthExceeded`. */
export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > xmlBytesMax) throw new S3Error('MaxMessageLengthExceeded');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The content of `root`: texts, objects, and arrays for `lists`. */
export function parseXml(text: string, root: string): unknown {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new S3Error('MalformedXML');
  const roots = Object.entries(parseWellFormed(text)).filter(([name]) => !name.startsWith('?') && name !== '#text');
  const [only] = roots;
  if (only?.[0] !== root || roots.length !== 1) throw new S3Error('MalformedXML');
  return cleaned(only[1]);
}

function parseWellFormed(text: string): Record<string, unknown> {
  if (!isBalanced(text)) throw new S3Error('MalformedXML');
  try {
    return parser.parse(text) as Record<string, unknown>;
  } catch {
    throw new S3Error('MalformedXML');
  }
}

/** Whether every element that opens is closed in turn; the parser itself forgives what does not. */
function isBalanced(text: string): boolean {
  const open: string[] = [];
  const bare = text.replace(/<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>/gs, '');
  for (const [, end, name, rest] of bare.matchAll(/<(\/?)([^\s<>/]*)([^<>]*)>/g)) {
    if (end !== '') {
      if (open.pop() !== name) return false;
    } else if (rest?.endsWith('/') === false) open.push(name ?? '');
  }
  return open.length === 0 && !/<[^<>]*(<|$)/.test(bare);
}

/** Drops the white space between elements and decodes references. */
function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return decodeReferences(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== '#text')
      .map(([name, child]) => [name, cleaned(child)]),
  );
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeReferences(text: string): string {
  return text.replace(
    /&(?:([a-z]+)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g,
    (_whole, name?: string, decimal?: string, hex?: string) => {
      if (name !== undefined) {
        const char = named[name];
        if (char === undefined) throw new S3Error('MalformedXML');
        return char;
      }
      const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new S3Error('MalformedXML');
      return String.fromCodePoint(point);
    },
  );
}
