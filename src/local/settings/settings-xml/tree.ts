/** Parses settings.xml into a tree. fast-xml-parser is loaded only when there is such a file. */
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import { maxConfigurationBytes } from '../text/read-text.js';

/** An element's children by name: text, an element, or several of either. */
export interface SettingsNode {
  readonly [name: string]: unknown;
}

/**
 * Returns the content of `<settings>`. Validates the document first, because the parser alone repairs mistakes silently.
 * Refuses a DOCTYPE: settings.xml needs none, and entities are a means of attack (XML bombs, reading files).
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`, with line and column if they are known.
 */
export async function parseSettingsTree(xml: string, source: string): Promise<SettingsNode> {
  const fail = (problem: string, cause?: unknown): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${source}: ${problem}`,
      hint: 'Check it with `mvn help:effective-settings`.',
      path: source,
      setting: 'settings',
      cause,
    });
  if (Buffer.byteLength(xml) > maxConfigurationBytes) throw fail(`is larger than ${maxConfigurationBytes} bytes`);
  // Maven skips white space before the XML declaration.
  const text = (xml.startsWith('\uFEFF') ? xml.slice(1) : xml).replace(/^\s+(?=<\?xml\s)/, '');
  const doctype = /<!(?:DOCTYPE|ENTITY)/i.exec(text);
  if (doctype !== null) throw fail(`${lineAndColumn(text, doctype.index)}: a document type declaration is not allowed`);
  const { XMLParser, XMLValidator } = await import('./xml-parser.js');
  let root: unknown;
  try {
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) {
      const { line, col, msg } = verdict.err;
      // Typed as always present, but the validator omits it for an empty document.
      const column: number | undefined = col;
      throw fail(`line ${line}${column === undefined ? '' : `, column ${column}`}: ${clean(msg)}`);
    }
    const parser = new XMLParser({
      ignoreAttributes: true,
      ignoreDeclaration: true,
      ignorePiTags: true,
      parseTagValue: false,
      trimValues: true,
      htmlEntities: true, // the only way to get numeric character references
      maxNestedTags: 50,
    });
    const document: unknown = parser.parse(text);
    root = isNode(document) && Object.keys(document).length === 1 && Object.hasOwn(document, 'settings') ? document['settings'] : null;
  } catch (cause) {
    if (isClojarsFetchError(cause)) throw cause;
    throw fail(cause instanceof Error ? clean(cause.message) : 'cannot be parsed', cause);
  }
  // An element with nothing but text in it.
  if (typeof root === 'string') return {};
  if (!isNode(root)) throw fail('the document must be one <settings> element');
  return root;
}

/** Returns the text of a child element, trimmed; empty if it is missing or contains elements. The last of several counts. */
export function textOf(node: SettingsNode, name: string): string {
  const value = Object.hasOwn(node, name) ? node[name] : '';
  const last: unknown = Array.isArray(value) ? value[value.length - 1] : value;
  return typeof last === 'string' ? last.trim() : '';
}

/** Returns the texts of the elements `<outer><inner>…</inner>…</outer>`, trimmed. */
export function textsOf(node: SettingsNode, outer: string, inner: string): readonly string[] {
  return elementsOf(node, outer)
    .flatMap((element) => children(element, inner))
    .flatMap((value) => (typeof value === 'string' ? [value.trim()] : []));
}

/** Returns the elements `<outer><inner>…</inner>…</outer>`. */
export function childrenOf(node: SettingsNode, outer: string, inner: string): readonly SettingsNode[] {
  return elementsOf(node, outer).flatMap((element) => elementsOf(element, inner));
}

/** Returns the children of this name that have elements in them. */
export function elementsOf(node: SettingsNode, name: string): readonly SettingsNode[] {
  return children(node, name).filter(isNode);
}

function children(node: SettingsNode, name: string): readonly unknown[] {
  const value = Object.hasOwn(node, name) ? node[name] : [];
  return Array.isArray(value) ? value : [value];
}

function isNode(value: unknown): value is SettingsNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before[before.length - 1] ?? '').length + 1}`;
}

/** Removes control characters from a parser's message, which can quote the document, and shortens it. */
function clean(message: string): string {
  const shown = message.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\uFFFD');
  return (shown.length > 200 ? `${shown.slice(0, 200)}…` : shown).replace(/\.$/, '');
}
