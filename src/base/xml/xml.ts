/**
 * Reads XML, bytes or text, into a small tree of elements, with limits on everything an attacker can grow.
 *
 * An event parser (saxes) feeds a few lines of tree building. saxes refuses broken XML and never expands the entities of
 * a DTD, so neither entity bombs nor external entities exist here. See docs/dependencies.md for why the POM
 * path does not use fast-xml-parser.
 */
import { SaxesParser } from 'saxes';

import { escapeForDisplay } from '../escape.js';
import { htmlEntities } from './entities.js';

/** One element. Text is as written: callers trim. */
export interface XmlElement {
  /** Name as written, prefix included. */
  readonly name: string;
  /** Name without its prefix. */
  readonly local: string;
  /** Keyed by name as written. Has no prototype: `attributes.constructor` is undefined unless the document has it. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Text and CDATA directly inside, concatenated. Empty if it is only white space between children. */
  readonly text: string;
  readonly children: readonly XmlElement[];
  /** Line of the start tag's end, from 1. */
  readonly line: number;
}

/** The reason a document was refused. */
export type XmlProblem = 'malformed' | 'encoding' | 'too-large' | 'too-deep';

/** The document is not XML, or not XML that this reader accepts. Callers turn it into a ClojarsFetchError that names the file. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  constructor(
    readonly problem: XmlProblem,
    /** The message without the place. */
    readonly detail: string,
    /** From 1; 0 when the document as a whole is meant. */
    readonly line: number,
    /** From 1; 0 when the document as a whole is meant. */
    readonly column: number,
  ) {
    super(line === 0 ? detail : `line ${line}, column ${column}: ${detail}`);
  }
}

export interface XmlOptions {
  /**
   * Read as Maven 3.8 reads POMs, default false: invalid bytes and control characters become U+FFFD, and white space
   * before the XML declaration is skipped. Everything else stays refused.
   */
  readonly lenient?: boolean | undefined;
  /** Accept HTML 4's named entities, as Maven's POM reader does. Default false: only the five of XML. */
  readonly htmlEntities?: boolean | undefined;
  /** Default 8 MiB. For a string, its length in UTF-16 units. */
  readonly maxBytes?: number | undefined;
  /** Depth of nested elements; default 200. */
  readonly maxDepth?: number | undefined;
  /** Elements and attributes together; default 500,000. */
  readonly maxNodes?: number | undefined;
  /** Longest text of one element or attribute, in UTF-16 units; default 1 Mi. */
  readonly maxTextLength?: number | undefined;
}

const noAttributes: Record<string, string> = {};
Object.setPrototypeOf(noAttributes, null);
Object.freeze(noAttributes);
const noChildren: readonly XmlElement[] = Object.freeze<XmlElement[]>([]);

/** Everything that is not a character in XML 1.0, lone surrogates included (production [2] Char). */
const notXmlCharacters =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** The faster test for decoded bytes, which cannot contain lone surrogates. */
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Mutable while being built; `open` is its children array once it has one. */
class Node implements XmlElement {
  text = '';
  children: readonly XmlElement[] = noChildren;
  open: XmlElement[] | null = null;
  constructor(
    readonly name: string,
    readonly local: string,
    readonly attributes: Readonly<Record<string, string>>,
    readonly line: number,
  ) {}
}

/**
 * Parses a document and returns its root element.
 *
 * The encoding of bytes is that of the byte order mark, else of the XML declaration, else UTF-8 (XML 1.0, appendix F).
 * @throws XmlError
 */
export function parseXml(input: Uint8Array | string, options: XmlOptions = {}): XmlElement {
  const { lenient = false, maxBytes = 8 * 1024 * 1024, maxDepth = 200, maxNodes = 500_000, maxTextLength = 1024 * 1024 } = options;
  if (input.length > maxBytes) throw new XmlError('too-large', `the document has more than ${maxBytes} bytes`, 0, 0);
  let text = typeof input === 'string' ? input : decodeXml(input, lenient);
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  if (lenient) {
    if (/^\s+<\?xml\s/.test(text.slice(0, 1024))) text = text.trimStart();
    if (typeof input === 'string' || controlCharacter.test(text)) text = text.replace(notXmlCharacters, '\ufffd');
  }

  const parser = new SaxesParser();
  const refuse = (problem: XmlProblem, message: string): never => {
    throw new XmlError(problem, message, parser.line, parser.column + 1);
  };
  // Copying the entities takes a quarter of the time of a POM, and few POMs use any.
  if (options.htmlEntities === true && text.includes('&')) Object.assign(parser.ENTITIES, htmlEntities);

  const stack: Node[] = [];
  let current: Node | null = null;
  let root: XmlElement | null = null;
  let nodes = 0;

  const addText = (chunk: string): void => {
    if (current === null) return;
    if (current.text.length + chunk.length > maxTextLength)
      refuse('too-large', `<${escapeForDisplay(current.name)}> holds more than ${maxTextLength} characters`);
    current.text += chunk;
  };
  parser.on('error', (error) => {
    // saxes puts 'line:column: ' before its message; XmlError adds the place itself.
    refuse('malformed', escapeForDisplay(error.message.replace(/^\d+:\d+: /, '')));
  });
  parser.on('xmldecl', (declaration) => {
    if (declaration.version !== '1.0')
      refuse('malformed', `XML version ${escapeForDisplay(declaration.version ?? '(none)')} is not supported, only 1.0 is`);
  });
  parser.on('opentag', (tag) => {
    let attributes = noAttributes;
    for (const key in tag.attributes) {
      attributes = tag.attributes;
      nodes++;
      if ((tag.attributes[key] ?? '').length > maxTextLength)
        refuse('too-large', `attribute ${escapeForDisplay(key)} has more than ${maxTextLength} characters`);
    }
    if (++nodes > maxNodes) refuse('too-large', `the document has more than ${maxNodes} elements and attributes`);
    if (stack.length >= maxDepth) refuse('too-deep', `elements are nested deeper than ${maxDepth}`);
    const colon = tag.name.indexOf(':');
    const node = new Node(tag.name, colon === -1 ? tag.name : tag.name.slice(colon + 1), attributes, parser.line);
    if (current === null) root = node;
    else if (current.open === null) current.children = current.open = [node];
    else current.open.push(node);
    stack.push(node);
    current = node;
  });
  parser.on('closetag', () => {
    const node = stack.pop();
    if (node !== undefined && node.open !== null) {
      node.open = null;
      if (node.text.trim() === '') node.text = '';
    }
    current = stack[stack.length - 1] ?? null;
  });
  parser.on('text', addText);
  parser.on('cdata', addText);

  parser.write(text).close();
  return root ?? refuse('malformed', 'the document has no root element');
}

/** Returns the first child with this local name. */
export function childOf(element: XmlElement, local: string): XmlElement | undefined {
  for (const child of element.children) if (child.local === local) return child;
  return undefined;
}

/** Returns all children with this local name, in order. */
export function childrenOf(element: XmlElement, local: string): readonly XmlElement[] {
  return element.children.filter((child) => child.local === local);
}

/** Returns the trimmed text of the first child with this local name; undefined if there is none. */
export function childText(element: XmlElement, local: string): string | undefined {
  return childOf(element, local)?.text.trim();
}

/**
 * Decoded here and not by TextDecoder, which reads ISO-8859-1 and US-ASCII as windows-1252 by the WHATWG's labels,
 * unlike Java; and Node 20 reads windows-1252 as ISO-8859-1.
 */
const singleByteEncodings: ReadonlyMap<string, 'latin1' | 'ascii' | 'windows1252'> = new Map([
  ['iso-8859-1', 'latin1'],
  ['iso8859-1', 'latin1'],
  ['iso_8859-1', 'latin1'],
  ['latin1', 'latin1'],
  ['us-ascii', 'ascii'],
  ['ascii', 'ascii'],
  ['windows-1252', 'windows1252'],
  ['cp1252', 'windows1252'],
]);
/** 0x80 to 0x9f; the five unassigned bytes stay control characters. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Made once: nearly everything is UTF-8, and creating a decoder takes longer than decoding a POM. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const lenientUtf8 = new TextDecoder('utf-8');

/**
 * Decodes bytes by their byte order mark, else by the XML declaration, else as UTF-8.
 * @param lenient replace invalid bytes with U+FFFD instead of refusing them
 * @throws XmlError problem `encoding`
 */
export function decodeXml(bytes: Uint8Array, lenient = false): string {
  const encoding = encodingOf(bytes);
  const singleByte = singleByteEncodings.get(encoding);
  if (singleByte !== undefined) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    if (singleByte === 'latin1') return text;
    if (singleByte === 'windows1252')
      return text.replace(/[\u0080-\u009f]/g, (character) => windows1252[character.charCodeAt(0) - 0x80] ?? character);
    if (!lenient && /[^\0-\u007f]/.test(text))
      throw new XmlError('encoding', 'us-ascii is declared, but the bytes are not valid in it', 0, 0);
    return text.replace(/[^\0-\u007f]/g, '\ufffd');
  }
  try {
    const decoder = encoding === 'utf-8' ? (lenient ? lenientUtf8 : strictUtf8) : new TextDecoder(encoding, { fatal: !lenient });
    return decoder.decode(bytes);
  } catch (cause) {
    const known = cause instanceof RangeError ? 'is not a supported encoding' : 'is declared or assumed, but the bytes are not valid in it';
    throw new XmlError('encoding', `${escapeForDisplay(encoding)} ${known}`, 0, 0);
  }
}

function encodingOf(bytes: Uint8Array): string {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  // '<?' in UTF-16 without a byte order mark.
  if (a === 0 && b === 0x3c && c === 0 && d === 0x3f) return 'utf-16be';
  if (a === 0x3c && b === 0 && c === 0x3f && d === 0) return 'utf-16le';
  const declaration = /^\s*<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']/.exec(asciiHead(bytes, 256));
  const name = declaration?.[1]?.toLowerCase() ?? 'utf-8';
  // A declaration that could be read byte by byte is not in UTF-16, whatever it claims.
  return /^utf-?16|^ucs-?2|^iso-10646-ucs-2/.test(name) ? 'utf-8' : name;
}

/** Reads the first bytes as Latin-1, whatever the encoding. */
export function asciiHead(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.byteLength)).toString('latin1');
}
