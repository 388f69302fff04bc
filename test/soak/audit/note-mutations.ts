/**
 * Many damaged and forged notes: none may crash the reader or make it verify more than one signature, and none may give a key a text that
 * it has not signed.
 */
import { formatKeys, type NoteSigner, type NoteVerifier, parseSignerKey, parseVerifierKey } from '../../../src/proof/note/note-key.js';
import { maxNoteBytes, openNote, signNote } from '../../../src/proof/note/signed-note.js';
import { type Chance, createChance } from '../../support/chance.js';
import { collidingKeys } from '../../verification/note/colliding-keys.js';

export interface NoteMutationResult {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

/** A key, and the texts that it has signed. */
interface Author {
  readonly signer: NoteSigner;
  readonly verifier: NoteVerifier;
  readonly texts: Set<string>;
}

const mostViolations = 5;
const notesPerRound = 50;
const manySignatures = 10_000;

export function mutateNotes(
  count: number,
  seed: number,
  { endMs, onProgress }: { readonly endMs: number; readonly onProgress: (done: number) => void },
): NoteMutationResult {
  const chance = createChance(seed);
  const violations: string[] = [];
  const counts = { good: 0, refused: 0 };
  let done = 0;
  for (let round = 0; done < count && performance.now() < endMs && violations.length < mostViolations; round += 1) {
    const fuzz = new NoteFuzz(chance, round);
    for (let number = 0; number < notesPerRound && done < count; number += 1) {
      const found = fuzz.next();
      counts.good += found.good;
      counts.refused += found.refused;
      violations.push(...found.violations);
      done += 1;
    }
    if (round % 200 === 199) onProgress(done);
  }
  return { done, detail: `${counts.good} times a key had signed the text, ${counts.refused} times the note was refused`, violations };
}

/** Signs some texts, and changes the notes. */
class NoteFuzz {
  readonly #chance: Chance;
  readonly #authors: readonly Author[];
  readonly #notes: readonly string[];

  constructor(chance: Chance, round: number) {
    this.#chance = chance;
    // Two keys with the same name and ID, and one of another name.
    this.#authors = [...collidingKeys, formatKeys('other.example', Buffer.alloc(32, round % 256))].map(authorOf);
    this.#notes = Array.from({ length: 4 }, (_, number) => this.#sign(`audit ${round} ${number}\n\nlie=${chance.below(3)} é\n`));
  }

  next(): { readonly good: number; readonly refused: number; readonly violations: readonly string[] } {
    const bytes = this.#mutated();
    const found = { good: 0, refused: 0, violations: [] as string[] };
    for (const { verifier, texts } of this.#authors) {
      let verified = 0;
      const counting = {
        ...verifier,
        verifies: (text: Uint8Array, signature: Uint8Array) => {
          verified += 1;
          return verifier.verifies(text, signature);
        },
      };
      const problem = this.#judge(bytes, counting, texts, found);
      if (verified > 1) found.violations.push(`${verified} signatures verified: ${shown(bytes)}`);
      if (problem !== null) found.violations.push(`${problem}: ${shown(bytes)}`);
    }
    return found;
  }

  #judge(bytes: Buffer, verifier: NoteVerifier, texts: ReadonlySet<string>, counts: { good: number; refused: number }): string | null {
    try {
      const opened = openNote(bytes, verifier);
      if (!opened.ok) {
        counts.refused += 1;
        return null;
      }
      counts.good += 1;
      if (!texts.has(opened.text)) return `${verifier.id} has not signed this text`;
      if (!bytes.toString('utf8').startsWith(`${opened.text}\n`)) return 'the text is not that of the note';
      return bytes.length > maxNoteBytes ? 'a note that is too long was read' : null;
    } catch (error) {
      return `it throws ${String(error)}`;
    }
  }

  /** Signs by some of the authors, in any order. */
  #sign(text: string): string {
    const lines: string[] = [];
    for (const { signer, texts } of this.#authors) {
      if (!this.#chance.happens(0.6)) continue;
      texts.add(text);
      lines.splice(this.#chance.below(lines.length + 1), 0, signNote(text, signer).slice(text.length + 1));
    }
    return `${text}\n${lines.join('')}`;
  }

  #mutated(): Buffer {
    let bytes: Buffer = Buffer.from(this.#chance.pick(this.#notes));
    const times = this.#chance.below(4);
    for (let time = 0; time < times; time += 1) bytes = this.#mutate(bytes);
    return bytes;
  }

  #mutate(bytes: Buffer): Buffer {
    const chance = this.#chance;
    const at = chance.below(bytes.length + 1);
    const text = (): string => bytes.toString('latin1');
    const lines = text().split('\n');
    const line = chance.below(lines.length);
    return chance.pick<() => Buffer>([
      () => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ (1 << chance.below(8)) : byte))),
      () => Buffer.from(text().replaceAll('\n', '\r\n'), 'latin1'),
      () => Buffer.concat([bytes.subarray(0, at), Buffer.from('\r'), bytes.subarray(at)]),
      () => bytes.subarray(0, -1),
      () => bytes.subarray(0, at),
      () =>
        Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(chance.pick(['\n', ' ', '\0', '\ufeff', '+', '=', '\u2014', 'é', '\u0085', '\t'])),
        ]),
      () => Buffer.concat([bytes.subarray(0, at), Buffer.from(chance.pick(['\n', ' ', '=', 'A', '\u2028'])), bytes.subarray(at)]),
      () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
      () => joined([...lines.slice(0, line), lines[chance.below(lines.length)] ?? '', ...lines.slice(line)]),
      () => joined([...lines.slice(0, line), ...lines.slice(line + 1)]),
      () => joined([...lines.slice(line), ...lines.slice(0, line)]),
      // The text of one note with the signatures of another.
      () => Buffer.concat([bytes.subarray(0, bytes.lastIndexOf('\n\n')), this.#signaturesOf(chance.pick(this.#notes))]),
      () => Buffer.concat([bytes, this.#signaturesOf(chance.pick(this.#notes)).subarray(2)]),
      () => this.#withMany(bytes),
    ])();
  }

  #signaturesOf(note: string): Buffer {
    const bytes = Buffer.from(note);
    return bytes.subarray(bytes.lastIndexOf('\n\n'));
  }

  /** Adds signatures that look like those of a key. */
  #withMany(bytes: Buffer): Buffer {
    const { signer } = this.#chance.pick(this.#authors);
    const encoded = Buffer.concat([Buffer.from(signer.id, 'hex'), Buffer.alloc(64, this.#chance.below(256))]).toString('base64');
    const count = this.#chance.pick([1, 50, 100, manySignatures]);
    const many = Buffer.from(`\u2014 ${signer.name} ${encoded}\n`.repeat(count));
    const split = bytes.lastIndexOf('\n\n') + 2;
    return Buffer.concat(this.#chance.happens(0.5) ? [bytes, many] : [bytes.subarray(0, split), many, bytes.subarray(split)]);
  }
}

function authorOf({ signerKey, verifierKey }: ReturnType<typeof formatKeys>): Author {
  const signer = parseSignerKey(signerKey);
  const verifier = parseVerifierKey(verifierKey);
  if (signer === null || verifier === null) throw new Error('a key that was just written cannot be read');
  return { signer, verifier, texts: new Set() };
}

function joined(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\n'), 'latin1');
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('utf8').slice(0, 500));
}
