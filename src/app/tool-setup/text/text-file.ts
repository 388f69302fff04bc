/** Turns the bytes of a configuration file into text and back, so that unchanged text keeps its bytes. Pure. */
import { asciiHead, decodeXml } from '../../../base/xml/decode.js';
import { XmlError } from '../../../base/xml/xml-error.js';

/** How a tool reads its file. Java reads properties as ISO-8859-1, which keeps every byte. */
export type FileEncoding = 'xml' | 'utf-8' | 'latin1';

/** A decoded file. */
export interface TextFile {
  /** Without the byte order mark. */
  readonly text: string;
  /** Encodes a changed text, with the byte order mark of the file. */
  readonly encode: (text: string) => Uint8Array;
}

/**
 * Decodes a file; null if its bytes would not survive: they are not valid in the encoding, or it is an encoding that cannot be written.
 */
export function decodeFile(bytes: Uint8Array, encoding: FileEncoding): TextFile | null {
  const codec = codecOf(bytes, encoding);
  if (codec === null) return null;
  const { text, encode } = codec;
  return Buffer.compare(encode(text), bytes) === 0 ? { text, encode } : null;
}

function codecOf(bytes: Uint8Array, encoding: FileEncoding): TextFile | null {
  const [a, b, c] = bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (encoding === 'latin1') return { text: buffer.toString('latin1'), encode: (text) => Buffer.from(text, 'latin1') };
  const mark = a === 0xef && b === 0xbb && c === 0xbf ? 3 : a === 0xff && b === 0xfe ? 2 : 0;
  const marked = (text: Buffer): Uint8Array => Buffer.concat([buffer.subarray(0, mark), text]);
  if (mark === 2) {
    return encoding === 'xml' ? { text: buffer.toString('utf16le', 2), encode: (text) => marked(Buffer.from(text, 'utf16le')) } : null;
  }
  if (encoding === 'xml' && mark === 0 && isSingleByte(bytes))
    return { text: buffer.toString('latin1'), encode: (text) => Buffer.from(text, 'latin1') };
  if (encoding === 'xml' && !isDecodable(bytes)) return null;
  return { text: buffer.toString('utf8', mark), encode: (text) => marked(Buffer.from(text, 'utf8')) };
}

/** Whether the XML declaration names an encoding of one byte a character whose first half is ASCII. Inserted text is ASCII. */
function isSingleByte(bytes: Uint8Array): boolean {
  return /^\s*<\?xml\s[^>]*?\sencoding\s*=\s*["'](?:iso-?8859|iso_8859|latin|us-ascii|ascii|windows-125|cp125)[\w.-]*["']/i.test(
    asciiHead(bytes, 256),
  );
}

function isDecodable(bytes: Uint8Array): boolean {
  try {
    decodeXml(bytes);
    return true;
  } catch (error) {
    if (error instanceof XmlError) return false;
    throw error;
  }
}

/** Returns the line end in use at an offset: that of the line before it, otherwise of the next one, otherwise a line feed. */
export function lineEndAt(text: string, at: number): '\n' | '\r\n' {
  const before = at === 0 ? -1 : text.lastIndexOf('\n', at - 1);
  const end = before >= 0 ? before : text.indexOf('\n', at);
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n';
}

/** Returns the white space at the start of the line that holds an offset, up to that offset. */
export function indentAt(text: string, at: number): string {
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, at))?.[0] ?? '';
}

/** A place in a text: line and column from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Returns the line and column of an offset. */
export function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}
