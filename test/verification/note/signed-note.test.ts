import { randomBytes } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  formatKeys,
  isKeyName,
  type NoteSigner,
  type NoteVerifier,
  parseSignerKey,
  parseVerifierKey,
} from '../../../src/proof/note/note-key.js';
import { maxNoteBytes, openNote, signNote } from '../../../src/proof/note/signed-note.js';
import { collidingKeys, collidingName } from './colliding-keys.js';

function keyPair(name: string, seed: Uint8Array = randomBytes(32)): { readonly signer: NoteSigner; readonly verifier: NoteVerifier } {
  const { signerKey, verifierKey } = formatKeys(name, seed);
  const signer = parseSignerKey(signerKey);
  const verifier = parseVerifierKey(verifierKey);
  if (signer === null || verifier === null) throw new Error('a key that was just written cannot be read');
  return { signer, verifier };
}

const { signer, verifier } = keyPair('audits.example', Buffer.alloc(32, 7));
const text = 'one line\nanother\n\nafter an empty line\n';
const note = signNote(text, signer);
const open = (whole: string | Uint8Array, by = verifier): ReturnType<typeof openNote> =>
  openNote(typeof whole === 'string' ? Buffer.from(whole) : whole, by);

describe('keys of signed notes', () => {
  it('reads the keys of an example of golang.org/x/mod/sumdb/note', () => {
    const name = 'PeterNeumann';
    const peter = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
    expect(peter).toMatchObject({ name, id: 'c74f20a3' });
    const signed =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
      '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
    if (peter === null) throw new Error('unread');
    expect(open(signed, peter).ok).toBe(true);
    const key = parseSignerKey('PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz');
    expect(key?.verifierKey).toBe(peter.text);
    expect(key && signNote(signed.slice(0, signed.indexOf('\n\n') + 1), key)).toBe(signed);
  });

  it('writes keys that it reads, and refuses any change of one character', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom('a', 'audits.example', 'é', 'x-y_z/1'),
        fc.nat(),
        fc.constantFrom('+', '/', '=', 'a', 'B', '0', ' ', 'é'),
        (seed, name, at, other) => {
          const { signerKey, verifierKey } = formatKeys(name, seed);
          for (const [key, parse] of [
            [signerKey, parseSignerKey],
            [verifierKey, parseVerifierKey],
          ] as const) {
            expect(parse(key)?.name).toBe(name);
            const index = at % key.length;
            const changed = key.slice(0, index) + other + key.slice(index + 1);
            if (changed !== key) expect(parse(changed)).toBeNull();
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each(['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'a\u0000', '\ud800'])('refuses the name %j', (name) => {
    expect(isKeyName(name)).toBe(false);
  });

  it.each([
    '',
    'x',
    'a+00000000+',
    'a+00000000+AQ==',
    `${verifier.text}\n`,
    ` ${verifier.text}`,
    verifier.text.replace('+A', '+B'),
    'PRIVATE+KEY+a+b',
  ])('refuses the key %j', (key) => {
    expect(parseVerifierKey(key)).toBeNull();
  });
});

describe('openNote', () => {
  it('returns the text that was signed', () => {
    expect(open(note)).toEqual({ ok: true, text });
  });

  it('refuses every flipped bit', () => {
    const bytes = Buffer.from(note);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const opened = open(changed);
      expect(opened.ok, `bit ${bit}`).toBe(false);
    }
  });

  it('refuses every note that is cut, or that has one more byte', () => {
    const bytes = Buffer.from(note);
    for (let length = 0; length < bytes.length; length += 1) expect(open(bytes.subarray(0, length)).ok, `${length} bytes`).toBe(false);
    for (const more of ['\n', 'x', ' ', '\0', '\r\n']) expect(open(note + more).ok, JSON.stringify(more)).toBe(false);
  });

  it.each([
    ['CRLF', note.replaceAll('\n', '\r\n'), /control characters/],
    ['a missing last line feed', note.slice(0, -1), /cut/],
    ['no signatures', `${text}\n`, /signature|cut/],
    ['no empty line', text.replace('\n\n', '\n'), /no signatures/],
    ['a byte order mark', `\ufeff${note}`, /bad/],
    ['a plain dash', note.replace('— ', '- '), /malformed/],
    ['two spaces', note.replace('— ', '—  '), /malformed/],
    ['a next-line character in a name, which Go takes for a space', `${note}— a\u0085b ${'A'.repeat(96)}\n`, /malformed/],
    ['another name', note.replace('— audits', '— audit'), /not signed/],
    ['a signature that is too short', `${text}\n— audits.example AAAAAA==\n`, /malformed/],
  ])('refuses %s', (_, whole, problem) => {
    const opened = open(whole);
    expect(opened.ok ? '' : opened.problem).toMatch(problem);
  });

  it('refuses bytes that are not UTF-8, and notes that are too long', () => {
    expect(open(Buffer.concat([Buffer.of(0xff), Buffer.from(note)]))).toMatchObject({ ok: false, problem: 'it is not UTF-8' });
    expect(open(Buffer.alloc(maxNoteBytes + 1, 0x61))).toMatchObject({ ok: false });
  });

  it('finds its signature among others, in any order', () => {
    const others = Array.from({ length: 99 }, (_, index) => signNote(text, keyPair(`other${index}`).signer).slice(text.length + 1));
    const mine = note.slice(text.length + 1);
    for (const at of [0, 50, 99]) {
      const whole = `${text}\n${[...others.slice(0, at), mine, ...others.slice(at)].join('')}`;
      expect(open(whole), `place ${at}`).toEqual({ ok: true, text });
    }
  });

  it('refuses 10,000 signatures without verifying one', () => {
    const line = note.slice(text.length + 1);
    let verified = 0;
    const counting: NoteVerifier = { ...verifier, verifies: () => (verified += 1) > 0 };
    const many = Buffer.from(`${text}\n${line.repeat(9_000)}`).subarray(0, maxNoteBytes);
    expect(openNote(Buffer.from(`${text}\n${line.repeat(101)}`), counting)).toMatchObject({ ok: false });
    expect(openNote(many, counting)).toMatchObject({ ok: false });
    expect(openNote(Buffer.from(`${text}\n${line.repeat(10_000)}`), counting)).toMatchObject({ ok: false });
    expect(verified).toBe(0);
  });

  it('does not take a key for another one that has the same name and ID', () => {
    const [one, other] = collidingKeys.map(({ signerKey, verifierKey }) => ({
      signer: parseSignerKey(signerKey),
      verifier: parseVerifierKey(verifierKey),
    }));
    if (!one?.signer || !one.verifier || !other?.signer || !other.verifier) throw new Error('unread');
    expect(one.verifier.id).toBe(other.verifier.id);
    expect(one.verifier.text).not.toBe(other.verifier.text);
    const first = signNote(text, one.signer);
    const second = signNote(text, other.signer);
    expect(open(first, one.verifier).ok).toBe(true);
    expect(open(first, other.verifier)).toEqual({ ok: false, problem: `the signature of ${collidingName}+${other.verifier.id} is bad` });
    // The first line of a key decides: a second one cannot make up for it.
    const both = first + second.slice(text.length + 1);
    expect(open(both, one.verifier).ok).toBe(true);
    expect(open(both, other.verifier).ok).toBe(false);
  });

  it('never throws, and believes only what was signed', () => {
    const parts = fc.oneof(
      fc.constantFrom(note, text, '\n', '\n\n', '— ', note.slice(text.length + 1), ' '),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 6 }), (pieces) => {
        const opened = open(pieces.join(''));
        if (opened.ok) expect(opened.text).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('signs only what can be read', () => {
    for (const bad of ['', 'no end', 'a\r\n', 'a\tb\n']) expect(() => signNote(bad, signer)).toThrow(TypeError);
  });
});
