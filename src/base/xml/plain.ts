/**
 * Reads plain documents, such as nearly every POM, several times as fast as an event parser.
 *
 * A document is plain if it consists of an XML declaration, comments, text, and tags as most programs write them: without
 * entities, CDATA sections, processing instructions or a DTD. Anything else, and everything that is not well-formed, is
 * left to saxes, which alone decides what is an error. The tree is the same (test/xml/plain.test.ts compares them).
 */
import { noAttributes, notWhiteSpace, type XmlElement, XmlNode } from './element.js';

export interface PlainLimits {
  readonly maxDepth: number;
  readonly maxNodes: number;
  readonly maxTextLength: number;
}

const declaration = /<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))? ?\?>/y;
/** Characters that saxes refuses or changes, or that only it needs to understand. */
const special = /[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]|&|\]\]>/;
const simpleTag = /<([A-Za-z_][\w.-]*)[ \n\t]*(\/?)>/y;
const attributeTag = /<([A-Za-z_][\w.-]*)((?:[ \n\t]+[A-Za-z_][\w.:-]*="[^"<\n\t]*")+)[ \n\t]*(\/?)>/y;
const attribute = /([A-Za-z_][\w.:-]*)="([^"]*)"/g;
const slash = '/'.charCodeAt(0);
const exclamation = '!'.charCodeAt(0);

/** Returns the root element; null if the document is not plain, or exceeds a limit. */
export function readPlain(text: string, limits: PlainLimits): XmlElement | null {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return special.test(lines) ? null : new PlainReader(lines, limits).read();
}

/** Each step returns false if the document turns out not to be plain. */
class PlainReader {
  readonly #text: string;
  readonly #limits: PlainLimits;
  readonly #stack: XmlNode[] = [];
  #current: XmlNode | null = null;
  #root: XmlNode | null = null;
  #at = 0;
  #nodes = 0;
  #line = 1;
  /** Where {@link #line} ends. */
  #nextLine = 0;

  constructor(text: string, limits: PlainLimits) {
    this.#text = text;
    this.#limits = limits;
    this.#findLine(0);
  }

  read(): XmlElement | null {
    this.#at = matchAt(declaration, this.#text, 0)?.[0].length ?? 0;
    for (let open; (open = this.#text.indexOf('<', this.#at)) !== -1;) {
      if (!this.#addText(open)) return null;
      this.#at = open;
      const second = this.#text.charCodeAt(open + 1);
      if (!(second === slash ? this.#endTag() : second === exclamation ? this.#comment() : this.#startTag())) return null;
    }
    return this.#current === null && this.#addText(this.#text.length) ? this.#root : null;
  }

  #addText(end: number): boolean {
    if (end === this.#at) return true;
    const chunk = this.#text.slice(this.#at, end);
    if (this.#current === null) return !notWhiteSpace.test(chunk);
    this.#current.text += chunk;
    return this.#current.text.length <= this.#limits.maxTextLength;
  }

  #endTag(): boolean {
    const node = this.#current;
    if (node === null) return false;
    const end = this.#at + 2 + node.name.length;
    if (!this.#text.startsWith(node.name, this.#at + 2) || this.#text[end] !== '>') return false;
    node.close();
    this.#stack.pop();
    this.#current = this.#stack[this.#stack.length - 1] ?? null;
    this.#at = end + 1;
    return true;
  }

  /** Two hyphens may only end a comment. */
  #comment(): boolean {
    const start = this.#at + 4;
    const end = this.#text.indexOf('--', start);
    if (!this.#text.startsWith('<!--', this.#at) || end === -1 || this.#text[end + 2] !== '>') return false;
    this.#at = end + 3;
    return true;
  }

  #startTag(): boolean {
    if (this.#current === null && this.#root !== null) return false;
    const simple = matchAt(simpleTag, this.#text, this.#at);
    const match = simple ?? matchAt(attributeTag, this.#text, this.#at);
    const name = match?.[1];
    if (match === null || name === undefined || /^xml/i.test(name)) return false;
    const attributes = simple === null ? this.#attributes(match[2] ?? '') : noAttributes;
    this.#nodes += 1;
    if (attributes === null || this.#nodes > this.#limits.maxNodes || this.#stack.length >= this.#limits.maxDepth) return false;
    this.#at += match[0].length;
    const node = new XmlNode(name, name, attributes, this.#countLines());
    if (this.#current === null) this.#root = node;
    else this.#current.append(node);
    if ((simple === null ? match[3] : match[2]) === '/') return true;
    this.#stack.push(node);
    this.#current = node;
    return true;
  }

  /** Returns null if a name repeats, or for so many or such long ones that a limit may apply. */
  #attributes(text: string): Readonly<Record<string, string>> | null {
    const attributes = Object.create(null) as Record<string, string>;
    let count = 0;
    for (const [, name = '', value = ''] of text.matchAll(attribute)) {
      if (name in attributes || count === 100 || value.length > this.#limits.maxTextLength) return null;
      attributes[name] = value;
      count += 1;
    }
    this.#nodes += count;
    return attributes;
  }

  #countLines(): number {
    while (this.#nextLine < this.#at) {
      this.#line += 1;
      this.#findLine(this.#nextLine + 1);
    }
    return this.#line;
  }

  /** Looks once for each line: one of a large document may be as long as the document. */
  #findLine(from: number): void {
    const end = this.#text.indexOf('\n', from);
    this.#nextLine = end === -1 ? this.#text.length : end;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
