/** Renders S3's answers. Pure; a tree of texts, escaped once. */
export type Xml = string & { readonly xml: unique symbol };

/** `<name>children</name>`; undefined children are left out. */
export function element(name: string, ...children: readonly (Xml | undefined)[]): Xml {
  return `<${name}>${children.filter((child) => child !== undefined).join('')}</${name}>` as Xml;
}

/** An element with attributes, which are written as they stand. */
export function elementWith(attributes: string, name: string, ...children: readonly (Xml | undefined)[]): Xml {
  return element(name, ...children).replace(`<${name}>`, `<${name} ${attributes}>`) as Xml;
}

/** `<name>text</name>`, or nothing where the value is undefined. */
export function field(name: string, value: string | number | boolean | undefined): Xml | undefined {
  return value === undefined ? undefined : (`<${name}>${escapeXml(String(value))}</${name}>` as Xml);
}

/** An element's content as data: text, a list of elements of one name, or elements by name. */
export type XmlTree = string | readonly XmlTree[] | { readonly [name: string]: XmlTree | undefined };

/** `<name>..</name>` for a tree, once for each item of a list; what is undefined is left out. */
export function tree(name: string, content: XmlTree | undefined): Xml | undefined {
  if (content === undefined) return undefined;
  if (typeof content === 'string') return field(name, content);
  if (isList(content)) return content.map((each) => tree(name, each)).join('') as Xml;
  return element(name, ...branches(content));
}

/** The elements of a document whose content is a tree: `document(name, ...branches(content))`. */
export function branches(content: Readonly<Record<string, XmlTree | undefined>>): (Xml | undefined)[] {
  return Object.entries(content).map(([name, child]) => tree(name, child));
}

function isList(content: XmlTree): content is readonly XmlTree[] {
  return Array.isArray(content);
}

/** Bare text. */
export function text(value: string): Xml {
  return escapeXml(value) as Xml;
}

/** A document whose root is in S3's namespace, as every answer but an error's is. */
export function document(name: string, ...children: readonly (Xml | undefined)[]): string {
  const inner = children.filter((child) => child !== undefined).join('');
  return `${declaration}<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${name}>`;
}

/** An error document, which has no namespace. */
export function errorDocument(fields: Readonly<Record<string, string>>): string {
  return declaration + element('Error', ...Object.entries(fields).map(([name, value]) => field(name, value)));
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/**
 * Control characters become references, as S3 writes them; XML 1.0 has no place for most, which is why clients ask for
 * `encoding-type=url`.
 */
function escapeXml(value: string): string {
  if (!needsEscape.test(value)) return value;
  return value.replace(everyEscape, (char) => named[char] ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`);
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** `\p{Cc}` are the control characters; U+FFFE and U+FFFF are no XML characters either. */
const needsEscape = /[&<>"\p{Cc}\ufffe\uffff]/u;
const everyEscape = /[&<>"\p{Cc}\ufffe\uffff]/gu;
