/**
 * Reads XML, bytes or text, into a small tree of elements, with limits on everything an attacker can grow.
 *
 * Plain documents, such as nearly every POM, are read directly (plain.ts). For all others, an event parser (saxes) feeds a small tree builder. saxes refuses broken XML and never expands the entities of a DTD,
 * so neither entity bombs nor external entities work here. See docs/dependencies.md for why this is saxes.
 */
import { SaxesParser } from 'saxes';

import { escapeForDisplay } from '../escape.js';
import { decodeXml } from './decode.js';
import { noAttributes, type XmlElement, XmlNode } from './element.js';
import { htmlEntities } from './entities.js';
import { readPlain } from './plain.js';
import { XmlError, type XmlProblem } from './xml-error.js';

export type { XmlElement };

export interface XmlOptions {
  /**
   * Read as Maven 3.8 reads POMs, default false: invalid bytes become U+FFFD, and one white space character before the XML
   * declaration is skipped (the parser of plexus-utils refuses a second one). Control characters are white space at the
   * ends of a text, and U+FFFD within it; they are refused in comments. Attributes need no white space between them, and a
   * DOCTYPE may follow the root element. The targets of processing instructions may not begin with `xml`. Everything else
   * stays refused.
   */
  readonly lenient?: boolean | undefined;
  /** Accept HTML 4's named entities, as Maven's POM reader does. Default false: only the five of XML. */
  readonly htmlEntities?: boolean | undefined;
  /** Default 8 MiB. For a string, its length in UTF-16 units. */
  readonly maxBytes?: number | undefined;
  /** Depth of nested elements; default 200. */
  readonly maxDepth?: number | undefined;
  /** Elements and attributes together; default 500,000. Three times as many characters of markup are allowed. */
  readonly maxNodes?: number | undefined;
  /** Longest text of one element or attribute, in UTF-16 units; default 1 Mi. */
  readonly maxTextLength?: number | undefined;
}

const defaultMaxDepth = 200;
const defaultMaxNodes = 500_000;
const defaultMaxTextLength = 1024 * 1024;
/** Characters of markup allowed for each node. An element takes two, an attribute two, and a comment may have hyphens. */
const markupPerNode = 3;
/** Attributes of one element: their object becomes slow with more, and no document that we read has ten. */
const maxAttributes = 1000;
/** Characters that change the state of the parser somewhere, by code. Hyphens do so in comments only. */
const markup = new Uint8Array(65536);
for (const character of '<&"\']?') markup[character.charCodeAt(0)] = 1;
const hyphen = '-'.charCodeAt(0);

/** Matches everything that is not a character in XML 1.0, lone surrogates included (production [2] Char). */
const notXmlCharacters =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** Control characters that Java's `trim` removes. */
const trimmedControl = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;
/** The faster test for decoded bytes, which cannot contain lone surrogates. */
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * Parses a document and returns its root element.
 *
 * The encoding of bytes is that of the byte order mark, else of the XML declaration, else UTF-8 (XML 1.0, appendix F).
 * @throws XmlError
 */
export function parseXml(input: Uint8Array | string, options: XmlOptions = {}): XmlElement {
  const { lenient = false, maxBytes = 8 * 1024 * 1024, maxNodes = defaultMaxNodes } = options;
  if (input.length > maxBytes) throw new XmlError('too-large', `the document has more than ${maxBytes} bytes`, 0, 0);
  let text = typeof input === 'string' ? input : decodeXml(input, lenient);
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  let controls: string | null = null;
  if (lenient) {
    if (/^[ \t\r\n]<\?xml\s/.test(text)) text = text.slice(1);
    if (typeof input === 'string' || controlCharacter.test(text)) [text, controls] = withoutControls(text);
  }
  checkMarkup(text, markupPerNode * maxNodes);
  if (controls !== null) return new TreeBuilder(options, controls).build(text);
  const { maxDepth = defaultMaxDepth, maxTextLength = defaultMaxTextLength } = options;
  return readPlain(text, { maxDepth, maxNodes, maxTextLength }) ?? readByEvents(text, options);
}

/**
 * Replaces everything that is not a character in XML, which saxes would refuse: control characters with a character for
 * private use that the text does not contain, which is returned, too; anything else with U+FFFD.
 */
function withoutControls(text: string): [text: string, standIn: string | null] {
  let standIn: string | null = null;
  if (trimmedControl.test(text)) {
    let code = 0xe000;
    while (text.includes(String.fromCharCode(code)) && code < 0xf8ff) code += 1;
    standIn = String.fromCharCode(code);
    text = text.replace(trimmedControl, standIn);
  }
  return [text.replace(notXmlCharacters, '\ufffd'), standIn];
}

/** Reads a document with saxes, whatever it contains. */
export function readByEvents(text: string, options: XmlOptions = {}): XmlElement {
  return new TreeBuilder(options).build(text);
}

/**
 * Refuses a text with more markup characters than this, before it is parsed. saxes takes up to a third of a microsecond
 * for each, also inside comments, CDATA sections and DTDs, where no other limit counts them; parsing is synchronous and
 * must not hold the event loop for longer than about half a second.
 */
function checkMarkup(text: string, most: number): void {
  if (text.length <= most) return;
  const hasComments = text.includes('<!--');
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (markup[code] === 1 || (hasComments && code === hyphen)) count++;
  }
  if (count > most) throw new XmlError('too-large', `the document has more than ${most} characters of markup`, 0, 0);
}

/** Turns the events of saxes into a tree, and counts what it builds. For one document. */
class TreeBuilder {
  readonly #parser = new SaxesParser();
  readonly #isLenient: boolean;
  readonly #controls: string | null;
  readonly #htmlEntities: boolean;
  readonly #maxDepth: number;
  readonly #maxNodes: number;
  readonly #maxTextLength: number;
  readonly #stack: XmlNode[] = [];
  #current: XmlNode | null = null;
  #root: XmlElement | null = null;
  #nodes = 0;
  /** Attributes of the start tag being read. */
  #attributes = 0;

  /** @param controls the character that stands for control characters */
  constructor(options: XmlOptions, controls: string | null = null) {
    this.#isLenient = options.lenient === true;
    this.#controls = controls;
    this.#htmlEntities = options.htmlEntities === true;
    this.#maxDepth = options.maxDepth ?? defaultMaxDepth;
    this.#maxNodes = options.maxNodes ?? defaultMaxNodes;
    this.#maxTextLength = options.maxTextLength ?? defaultMaxTextLength;
    this.#parser.on('error', (error) => {
      // saxes puts 'line:column: ' before its message; XmlError adds the place itself.
      const message = error.message.replace(/^\d+:\d+: /, '');
      if (!this.#tolerates(message)) this.#refuse('malformed', escapeForDisplay(message));
    });
    this.#parser.on('xmldecl', ({ version }) => {
      if (version !== '1.0')
        this.#refuse('malformed', `XML version ${escapeForDisplay(version ?? '(none)')} is not supported, only 1.0 is`);
    });
    this.#parser.on('processinginstruction', ({ target }) => {
      if (this.#isLenient && /^xml/i.test(target))
        this.#refuse('malformed', `the processing instruction ${escapeForDisplay(target)} has a reserved name`);
    });
    this.#parser.on('attribute', ({ name, value }) => this.#checkAttribute(name, value));
    this.#parser.on('opentag', ({ name, attributes }) => this.#open(name, attributes));
    this.#parser.on('closetag', () => this.#close());
    this.#parser.on('text', (chunk) => this.#addText(chunk));
    this.#parser.on('cdata', (chunk) => this.#addText(chunk));
    if (controls !== null)
      this.#parser.on('comment', (comment) => {
        if (comment.includes(controls)) this.#refuse('malformed', 'a comment contains a control character');
      });
  }

  /** Errors after which saxes goes on as Maven's parser does. */
  #tolerates(message: string): boolean {
    if (!this.#isLenient) return false;
    if (message === 'no whitespace between attributes.') return true;
    return message === 'inappropriately located doctype declaration.' && this.#root !== null && this.#current === null;
  }

  build(text: string): XmlElement {
    // Copying the entities takes a quarter of the time of a POM, and few POMs use any.
    if (this.#htmlEntities && text.includes('&')) Object.assign(this.#parser.ENTITIES, htmlEntities);
    this.#parser.write(text).close();
    return this.#root ?? this.#refuse('malformed', 'the document has no root element');
  }

  #checkAttribute(name: string, value: string): void {
    if (value.length > this.#maxTextLength)
      this.#refuse('too-large', `attribute ${escapeForDisplay(name)} has more than ${this.#maxTextLength} characters`);
    this.#attributes++;
    if (this.#attributes > maxAttributes) this.#refuse('too-large', `an element has more than ${maxAttributes} attributes`);
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#nodes += 1 + this.#attributes;
    if (this.#nodes > this.#maxNodes) this.#refuse('too-large', `the document has more than ${this.#maxNodes} elements and attributes`);
    if (this.#isLenient && /[\ufff0-\ufffd]/.test(name))
      this.#refuse('malformed', `${escapeForDisplay(name)} contains a character that no name may contain`);
    if (this.#stack.length >= this.#maxDepth) this.#refuse('too-deep', `elements are nested deeper than ${this.#maxDepth}`);
    const colon = name.indexOf(':');
    const local = colon === -1 ? name : name.slice(colon + 1);
    const node = new XmlNode(name, local, this.#attributes === 0 ? noAttributes : attributes, this.#parser.line);
    this.#attributes = 0;
    if (this.#current === null) this.#root = node;
    else this.#current.append(node);
    this.#stack.push(node);
    this.#current = node;
  }

  #close(): void {
    const node = this.#stack.pop();
    if (node !== undefined && this.#controls !== null) node.text = withoutStandIns(node, this.#controls);
    node?.close();
    this.#current = this.#stack[this.#stack.length - 1] ?? null;
  }

  #addText(chunk: string): void {
    if (this.#current === null) return;
    if (this.#current.text.length + chunk.length > this.#maxTextLength)
      this.#refuse('too-large', `<${escapeForDisplay(this.#current.name)}> holds more than ${this.#maxTextLength} characters`);
    this.#current.text += chunk;
  }

  #refuse(problem: XmlProblem, message: string): never {
    throw new XmlError(problem, message, this.#parser.line, this.#parser.column + 1);
  }
}

/** The text of an element, trimmed as Java would if the character were a control character; within the text, it is replaced. */
function withoutStandIns({ text, children }: XmlElement, standIn: string): string {
  if (!text.includes(standIn)) return text;
  const isTrimmed = (character = ''): boolean => children.length === 0 && (character === standIn || character <= ' ');
  let [start, end] = [0, text.length];
  while (start < end && isTrimmed(text[start])) start += 1;
  while (end > start && isTrimmed(text[end - 1])) end -= 1;
  return text.slice(start, end).replaceAll(standIn, '\ufffd');
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

/** Returns the trimmed text of the first child with this local name; undefined if no child has it. */
export function childText(element: XmlElement, local: string): string | undefined {
  return childOf(element, local)?.text.trim();
}
