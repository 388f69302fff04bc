/**
 * Removes ASCII armor (RFC 9580 section 6); binary input passes through.
 *
 * As in GnuPG, text outside the blocks is ignored, several blocks are concatenated, and a checksum, if present, must match (newer programs
 * write none). A block without an end is malformed.
 */
import { concatBytes } from './byte-reader.js';
import { malformed } from './malformed.js';

/** Kinds of armored blocks, by the words of their first line. */
export type ArmorKind = 'PGP SIGNATURE' | 'PGP MESSAGE' | 'PGP PUBLIC KEY BLOCK';

const beginLine = /^-----BEGIN (PGP [A-Z ,0-9/]{1,40})-----[ \t]*$/;
const headerLine = /^[A-Za-z][A-Za-z0-9-]{0,40}:/;
const checksumLine = /^=[A-Za-z0-9+/]{4}$/;
const dashes = '-----';

/** Whether the bytes are packets rather than text: every packet's first byte has its top bit set. */
export function isBinary(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 0x80) !== 0 && !startsWithByteOrderMark(bytes);
}

/**
 * Returns the packets of armored or binary input.
 * @param kinds accepted kinds of blocks: a secret key is not a certificate, a cleartext signature is not detached
 * @param maxBytes maximum size of the input, before decoding
 * @throws ClojarsFetchError ERR_SIGNATURE `malformed`
 */
export function decodeArmor(bytes: Uint8Array, kinds: readonly ArmorKind[], maxBytes: number): Uint8Array {
  if (bytes.length === 0) throw malformed('it is empty');
  if (bytes.length > maxBytes) throw malformed(`it is longer than ${maxBytes} bytes`);
  if (isBinary(bytes)) return bytes;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < text.length; at = nextLine(text, at)) {
    if (!text.startsWith(dashes, at)) continue;
    const kind = beginLine.exec(lineAt(text, at))?.[1];
    if (kind === undefined) continue;
    if (!kinds.some((wanted) => wanted === kind)) throw malformed(`it holds a block '${kind}', not '${kinds[0] ?? ''}'`);
    const start = nextLine(text, at);
    const end = findLine(text, start, `-----END ${kind}-----`);
    if (end === -1) throw malformed(`the block '${kind}' does not end`);
    blocks.push(decodeBlock(text.slice(start, end)));
    at = end;
  }
  const [first] = blocks;
  if (first === undefined) throw malformed('it holds neither OpenPGP packets nor an armored block');
  return blocks.length === 1 ? first : concatBytes(blocks);
}

/** Encodes as armored text, with the checksum that older programs require. */
export function encodeArmor(kind: ArmorKind, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  const checksum = crc24(bytes);
  const code = Buffer.of(checksum >> 16, (checksum >> 8) & 255, checksum & 255).toString('base64');
  return `-----BEGIN ${kind}-----\n\n${text}\n=${code}\n-----END ${kind}-----\n`;
}

function startsWithByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Returns the start of the line after the one at `at`; the end of the text after the last line. */
function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

/** Returns the line that begins at `at`, without its line ending. */
function lineAt(text: string, at: number): string {
  return text.slice(at, nextLine(text, at)).replace(/\r?\n$/, '');
}

/** Returns the start of the line that holds this text, perhaps followed by spaces; -1 if no line does. */
function findLine(text: string, from: number, line: string): number {
  for (let at = text.indexOf(line, from); at !== -1; at = text.indexOf(line, at + 1)) {
    if ((at === from || text[at - 1] === '\n') && text.slice(at, nextLine(text, at)).trimEnd() === line) return at;
  }
  return -1;
}

/** @param block the lines between the first and the last, each with its line ending */
function decodeBlock(block: string): Uint8Array {
  let start = 0;
  while (headerLine.test(lineAt(block, start))) start = nextLine(block, start);
  if (lineAt(block, start).trim() !== '') throw malformed('an armored block has no empty line after its headers');
  const body = block.slice(nextLine(block, start)).trim();
  const lastLine = body.slice(body.lastIndexOf('\n') + 1).trim();
  const checksum = checksumLine.test(lastLine) ? lastLine.slice(1) : null;
  const base64 = (checksum === null ? body : body.slice(0, -lastLine.length))
    .split('\n')
    .map((line) => line.trim())
    .join('');
  const bytes = Buffer.from(base64, 'base64');
  // Buffer skips characters outside base64, and also accepts the URL alphabet.
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  if (base64.length % 4 !== 0 || bytes.length !== (base64.length / 4) * 3 - padding || base64.includes('-') || base64.includes('_'))
    throw malformed('an armored block is not base64');
  if (bytes.length === 0) throw malformed('an armored block is empty');
  if (checksum !== null && Buffer.from(checksum, 'base64').readUIntBE(0, 3) !== crc24(bytes))
    throw malformed('the checksum of an armored block is wrong');
  return bytes;
}

/** Computes CRC-24 as defined in RFC 9580 section 6.1. */
function crc24(bytes: Uint8Array): number {
  let crc = 0xb704ce;
  for (const byte of bytes) crc = ((crc << 8) & 0xffffff) ^ (crcTable[(crc >>> 16) ^ byte] ?? 0);
  return crc;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 16;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x800000) === 0 ? crc << 1 : (crc << 1) ^ 0x1864cfb;
  return crc & 0xffffff;
});
