/** Decodes XML bytes by their byte order mark or declaration. */
import { escapeForDisplay } from '../escape.js';
import { XmlError } from './xml-error.js';

/**
 * Encodings decoded here. TextDecoder reads ISO-8859-1 and US-ASCII as windows-1252, as the WHATWG's labels require and
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

/** Created once: nearly all files are UTF-8, and creating a decoder takes longer than decoding a POM. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const lenientUtf8 = new TextDecoder('utf-8');

/**
 * Decodes bytes by their byte order mark, else by the XML declaration, else as UTF-8.
 * @param lenient as Maven reads POMs: invalid bytes become U+FFFD, and an encoding that a declaration names counts more
 * than the bytes, so UTF-16 that claims to be UTF-8 is refused, and the reverse
 * @throws XmlError problem `encoding`
 */
export function decodeXml(bytes: Uint8Array, lenient = false): string {
  const encoding = lenient ? encodingForMaven(bytes) : encodingOf(bytes);
  const singleByte = singleByteEncodings.get(encoding);
  if (singleByte !== undefined) {
    const content = markOf(bytes) === null ? bytes : bytes.subarray(3);
    const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
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
    return refuse(encoding, known);
  }
}

type Unicode = 'utf-8' | 'utf-16be' | 'utf-16le';

const twoByteName = /^utf-?16|^ucs-?2|^iso-10646-ucs-2/;

function encodingOf(bytes: Uint8Array): string {
  const seen = markOf(bytes) ?? guessOf(bytes);
  if (seen !== null) return seen;
  const declared = declaredIn(asciiHead(bytes, 256)) ?? 'utf-8';
  // A declaration that is readable byte by byte is not in UTF-16, whatever it claims.
  return twoByteName.test(declared) ? 'utf-8' : declared;
}

/** The rules of `XmlStreamReader` of plexus-utils, except that it reads the wrong encoding where this refuses it. */
function encodingForMaven(bytes: Uint8Array): string {
  const mark = markOf(bytes);
  const seen = mark ?? guessOf(bytes);
  if (seen === null || seen === 'utf-8') {
    const declared = declaredIn(asciiHead(bytes, 256)) ?? 'utf-8';
    if (twoByteName.test(declared)) refuse(declared, 'is declared, but the bytes are not in it');
    return declared;
  }
  const declared = declaredIn(new TextDecoder(seen).decode(bytes.subarray(0, 512)));
  // Without a mark, Maven reads UTF-16 only if the declaration says so.
  if (declared === 'utf-16' || declared === seen || (declared === undefined && mark !== null)) return seen;
  return refuse(seen, `is the encoding of the bytes, but ${declared ?? 'no encoding'} is declared`);
}

function refuse(encoding: string, why: string): never {
  throw new XmlError('encoding', `${escapeForDisplay(encoding)} ${why}`, 0, 0);
}

/** Reads the encoding from a byte order mark. */
function markOf([a, b, c]: Uint8Array): Unicode | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return a === 0xff && b === 0xfe ? 'utf-16le' : null;
}

/** Recognizes '<?' in UTF-16 without a byte order mark. */
function guessOf([a, b, c, d]: Uint8Array): Unicode | null {
  if (a === 0 && b === 0x3c && c === 0 && d === 0x3f) return 'utf-16be';
  return a === 0x3c && b === 0 && c === 0x3f && d === 0 ? 'utf-16le' : null;
}

function declaredIn(head: string): string | undefined {
  const declaration = /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']/.exec(head);
  // Java's own names, such as ISO8859_15, are in files that Java programs wrote.
  return declaration?.[1]?.toLowerCase().replace(/^(?:iso-?)?8859[_-]/, 'iso-8859-');
}

/** Reads the first bytes as Latin-1, whatever the encoding. */
export function asciiHead(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.byteLength)).toString('latin1');
}
