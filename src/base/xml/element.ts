/** The tree that a document is read into. */

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

/** Shared by all elements without attributes. */
export const noAttributes: Record<string, string> = {};
Object.setPrototypeOf(noAttributes, null);
Object.freeze(noAttributes);
/** White space of XML, which a no-break space is not. */
export const notWhiteSpace = /[^ \t\r\n]/;
const noChildren: readonly XmlElement[] = Object.freeze<XmlElement[]>([]);

/** An element while it is built; `open` is its children array once it has one. */
export class XmlNode implements XmlElement {
  text = '';
  children: readonly XmlElement[] = noChildren;
  open: XmlElement[] | null = null;
  constructor(
    readonly name: string,
    readonly local: string,
    readonly attributes: Readonly<Record<string, string>>,
    readonly line: number,
  ) {}

  append(child: XmlElement): void {
    if (this.open === null) this.children = this.open = [child];
    else this.open.push(child);
  }

  /** Ends the element. Drops white space between its children. */
  close(): void {
    if (this.open === null) return;
    this.open = null;
    if (!notWhiteSpace.test(this.text)) this.text = '';
  }
}
