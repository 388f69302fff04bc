/** Parses settings.xml as Maven does, into the tree of our XML reader. */
import { ClojarsFetchError } from '../../../base/error.js';
import { parseXml, type XmlElement } from '../../../base/xml/xml.js';
import { XmlError } from '../../../base/xml/xml-error.js';
import { trimText } from '../../../maven/version/java-text.js';
import { maxConfigurationBytes } from '../text/read-text.js';

/**
 * Returns the root element; like Maven, accepts any name of it. Entities of a DOCTYPE are never expanded, so their use is an error.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`, with line and column.
 */
export function parseDocument(xml: string, source: string): XmlElement {
  if (Buffer.byteLength(xml) > maxConfigurationBytes)
    throw fail(source, `the file is larger than ${maxConfigurationBytes} bytes`, 'Remove what is not needed.');
  try {
    return parseXml(xml, { lenient: true, htmlEntities: true, maxDepth: 50 });
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    if (trimText(xml) === '') throw fail(source, 'the file is empty', 'Write <settings/> into it, or delete it.', cause);
    throw fail(source, ...problemOf(cause), cause);
  }
}

function problemOf({ detail, line, column }: XmlError): readonly [problem: string, hint: string] {
  const missing = missingIn(detail);
  if (missing !== null)
    return [
      `line ${line}: the file ends before ${missing}: it is cut off or unfinished`,
      'Complete it, or restore it from a copy. --no-config works without it.',
    ];
  const place = line === 0 ? '' : `line ${line}, column ${column}: `;
  return [
    `${place}not well-formed XML: ${detail.replace(/\.$/, '')}`,
    'Correct it, or restore it from a copy: Maven refuses the file, too. --no-config works without it.',
  ];
}

/** Says what the document lacks if it ends too early, by the messages of the parser. */
function missingIn(detail: string): string | null {
  const open = /^unclosed tag: (.*)$/.exec(detail)?.[1];
  if (open !== undefined) return `</${open}>`;
  return detail === 'unexpected end.' || detail === 'document must contain a root element.' ? 'its first element' : null;
}

function fail(source: string, problem: string, hint: string, cause?: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${source}: ${problem}`,
    hint,
    path: source,
    setting: 'settings',
    cause,
  });
}

/** Returns the first child of this name; names are compared with their prefixes, as by Maven. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** Returns the children of this name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** Returns the items of a list: the elements `<list><item>…</item>…</list>`. */
export function itemsOf(element: XmlElement, list: string, item: string): readonly XmlElement[] {
  return childrenOf(element, list).flatMap((child) => childrenOf(child, item));
}

/** Returns the text of a child element, trimmed; undefined if there is no such child. */
export function textOf(element: XmlElement, name: string): string | undefined {
  const child = childOf(element, name);
  return child === undefined ? undefined : trimText(child.text);
}
