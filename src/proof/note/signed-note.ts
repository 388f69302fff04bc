/**
 * Signed notes: a text, an empty line, and one line for each signature. Read `note-key.ts` first.
 *
 * Format: C2SP signed-note; the rules are those of Go's golang.org/x/mod/sumdb/note, and one more: base64 has only one spelling here, so that
 * no bit of a note with one signature can change without the note being refused.
 */
import type { NoteSigner, NoteVerifier } from './note-key.js';

/** Maximum size of a note, in bytes. Go's reader has the same limit. */
export const maxNoteBytes = 1_000_000;
/** As in Go: a note of an attacker must not cost many verifications. */
const mostSignatures = 100;
/** Bytes of a key's ID before the signature. */
const idBytes = 4;

/** The text of a note, or the reason why it is not believed. */
export type OpenedNote =
  { readonly ok: true; /** Ends with a line feed. */ readonly text: string } | { readonly ok: false; readonly problem: string };

interface SignatureLine {
  readonly name: string;
  readonly id: string;
  readonly signature: Uint8Array;
}

/** Checks that the note is well-formed, and that this key signed its text. Never throws. */
export function openNote(bytes: Uint8Array, verifier: NoteVerifier): OpenedNote {
  const note = splitNote(bytes);
  if (typeof note === 'string') return { ok: false, problem: note };
  // The first line of the key decides, as in Go: a key that is looked for needs one verification only.
  const line = note.signatures.find(({ name, id }) => name === verifier.name && id === verifier.id);
  if (line === undefined) return { ok: false, problem: `the key ${verifier.name}+${verifier.id} has not signed it` };
  if (!verifier.verifies(Buffer.from(note.text), line.signature))
    return { ok: false, problem: `the signature of ${verifier.name}+${verifier.id} is bad` };
  return { ok: true, text: note.text };
}

/** Signs a text. @throws TypeError for a text that no reader of notes accepts */
export function signNote(text: string, signer: NoteSigner): string {
  if (!text.endsWith('\n') || !isPlain(text)) throw new TypeError('a note ends with a line feed and has no control characters');
  const signature = Buffer.concat([Buffer.from(signer.id, 'hex'), signer.sign(Buffer.from(text))]);
  return `${text}\n\u2014 ${signer.name} ${signature.toString('base64')}\n`;
}

function splitNote(bytes: Uint8Array): { readonly text: string; readonly signatures: readonly SignatureLine[] } | string {
  if (bytes.length > maxNoteBytes) return `it is longer than ${maxNoteBytes} bytes`;
  const whole = decode(bytes);
  if (whole === null) return 'it is not UTF-8';
  if (!isPlain(whole)) return 'it has control characters (a note has no carriage returns)';
  const split = whole.lastIndexOf('\n\n');
  if (split === -1) return 'it has no signatures';
  const lines = whole.slice(split + 2).split('\n');
  if (lines.pop() !== '') return 'its last line is cut';
  if (lines.length === 0) return 'it has no signatures';
  if (lines.length > mostSignatures) return `it has more than ${mostSignatures} signatures`;
  const signatures = lines.map(parseSignatureLine);
  if (!signatures.every((line) => line !== null)) return 'one of its signature lines is malformed';
  return { text: whole.slice(0, split + 1), signatures };
}

function parseSignatureLine(line: string): SignatureLine | null {
  const [, name, encoded] = /^\u2014 ([^\s+\u0085]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
  if (name === undefined || encoded === undefined) return null;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length <= idBytes || bytes.toString('base64') !== encoded) return null;
  return { name, id: bytes.toString('hex', 0, idBytes), signature: bytes.subarray(idBytes) };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}

function isPlain(text: string): boolean {
  return !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}
