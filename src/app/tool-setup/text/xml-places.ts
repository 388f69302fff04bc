/** Reads XML into elements that know where they stand in the text. Nothing is expanded, and a DOCTYPE is refused. Pure. */
import { SaxesParser, type SaxesTagPlain } from 'saxes';

import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import type { Place } from './text-file.js';

export interface PlacedElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly PlacedElement[];
  /** Text directly inside, trimmed. */
  readonly text: string;
  /** Offsets of the start tag: its `<`, and the character after its `>`. */
  readonly start: number;
  readonly startEnd: number;
  /** Offset of the end tag's `<`; `startEnd` if the element is written `<a/>`. */
  readonly end: number;
  readonly isEmptyTag: boolean;
}

type Growing = { -readonly [K in keyof PlacedElement]: PlacedElement[K] } & { readonly open: PlacedElement[] };

/** Real files have ten. */
const maxDepth = 100;

/**
 * Parses a document.
 * @param file names the text in messages
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `malformed`, with line and column
 */
export function parsePlacedXml(text: string, file: string): PlacedElement {
  const parser = new SaxesParser();
  /** The last character that was read. */
  const here = (): Place => ({ line: parser.line, column: Math.max(1, parser.column) });
  const fail = ({ line, column }: Place, why: string): never => {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'malformed',
      path: file,
      message: `${escapeForDisplay(file, 300)}: line ${line}, column ${column}: ${why}`,
      hint: 'Correct the file first: nothing was changed.',
    });
  };
  const open: Growing[] = [];
  let root: PlacedElement | null = null;
  parser.on('error', (error) => fail(here(), escapeForDisplay(error.message.replace(/^\d+:\d+: |\.$/g, ''))));
  parser.on('doctype', () => fail(here(), 'it has a DOCTYPE, whose entities may stand for anything'));
  parser.on('opentag', (tag: SaxesTagPlain) => {
    const start = text.lastIndexOf('<', parser.position - 1);
    if (open.length >= maxDepth) fail(here(), `elements are nested deeper than ${maxDepth}`);
    const children: PlacedElement[] = [];
    const element: Growing = {
      name: tag.name,
      attributes: tag.attributes,
      children,
      open: children,
      text: '',
      start,
      startEnd: parser.position,
      end: parser.position,
      isEmptyTag: tag.isSelfClosing,
    };
    const around = open.at(-1);
    if (around === undefined) root = element;
    else around.open.push(element);
    open.push(element);
  });
  parser.on('closetag', (tag: SaxesTagPlain) => {
    const element = open.pop();
    if (element === undefined) return;
    element.text = element.text.trim();
    if (!tag.isSelfClosing) element.end = text.lastIndexOf('<', parser.position - 1);
  });
  const addText = (chunk: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += chunk;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  return root ?? fail({ line: 1, column: 1 }, 'the document has no root element');
}

/** Returns all children of that name. */
export function childrenNamed(element: PlacedElement, name: string): readonly PlacedElement[] {
  return element.children.filter((child) => child.name === name);
}

/** Returns the text of the first child of that name; empty if it is missing. */
export function textIn(element: PlacedElement, name: string): string {
  return childrenNamed(element, name)[0]?.text ?? '';
}
