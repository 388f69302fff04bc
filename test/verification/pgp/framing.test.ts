/** Armor, packets, the key index and line endings. */
import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';

import { decodeArmor, encodeArmor } from '../../../src/proof/openpgp/packet/armor.js';
import { concatBytes, hexOf } from '../../../src/proof/openpgp/packet/byte-reader.js';
import { indexKeys } from '../../../src/proof/openpgp/packet/key-index.js';
import { isMalformed } from '../../../src/proof/openpgp/packet/malformed.js';
import { formatPacket, packetTag, readPackets } from '../../../src/proof/openpgp/packet/packets.js';
import { TextLines } from '../../../src/proof/openpgp/packet/text-lines.js';
import { certificateFor, forgeKey } from './forge.js';
import { certificateOf, keyDate, makeKey } from './keys.js';

const kinds = ['PGP SIGNATURE', 'PGP MESSAGE'] as const;

function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isMalformed(error)) return error.message;
    throw error;
  }
  return 'not refused';
}

describe('armor', () => {
  it('decodes its own output and that of openpgp', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        expect(hexOf(decodeArmor(Buffer.from(encodeArmor('PGP SIGNATURE', bytes)), kinds, 1000))).toBe(hexOf(bytes));
        const theirs: string = openpgp.armor(openpgp.enums.armor.signature, bytes, undefined, undefined, undefined, true);
        expect(hexOf(decodeArmor(Buffer.from(theirs), kinds, 1000))).toBe(hexOf(bytes));
      }),
    );
  });

  const block = encodeArmor('PGP SIGNATURE', Buffer.from('some bytes'));
  it('may have text outside, headers, CR LF, spaces at line ends, several blocks, or no checksum', () => {
    for (const text of [
      `before\n${block}after`,
      block.replaceAll('\n', ' \r\n'),
      block.replace('\n\n', '\nVersion: 1\nComment: x: y\n\n'),
      block.replace(/=....\n-----END/, '-----END'),
      `\ufeff\n${block}`,
    ]) {
      expect(Buffer.from(decodeArmor(Buffer.from(text), kinds, 1000)).toString()).toBe('some bytes');
    }
    expect(Buffer.from(decodeArmor(Buffer.from(block + block), kinds, 1000)).toString()).toBe('some bytessome bytes');
  });

  it.each([
    ['', 'it is empty'],
    ['words', 'neither'],
    [block.replace('END', 'STOP'), 'does not end'],
    [block.replace('\n\n', '\n'), 'no empty line'],
    [block.replace('c29t', 'c29*'), 'not base64'],
    [block.replace('c29t', 'c29'), 'not base64'],
    [block.replace('c29t', 'c2-t'), 'not base64'],
    [block.replace('c29t', 'c2_t'), 'not base64'],
    [block.replace('c29t', 'c2 9t'), 'not base64'],
    [block.replace('c29t', 'c=9t'), 'not base64'],
    [block.replace('c29t', 'C29t'), 'checksum'],
    [block.replaceAll('SIGNATURE', 'PRIVATE KEY BLOCK'), "holds a block 'PGP PRIVATE KEY BLOCK'"],
    ['-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n', 'is empty'],
    ['x'.repeat(1001), 'longer than 1000 bytes'],
  ])('%j is refused', (text, message) => {
    expect(refused(() => decodeArmor(Buffer.from(text), kinds, 1000))).toContain(message);
  });

  it('is decoded or refused as malformed, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.string().map((text) => Buffer.from(text)),
          fc.array(fc.constantFrom(...block.split('\n'))).map((lines) => Buffer.from(lines.join('\n'))),
        ),
        (bytes) => {
          refused(() => decodeArmor(bytes, kinds, 1000));
        },
      ),
    );
  });
});

describe('packets', () => {
  it('are read with every allowed header', () => {
    const long = new Uint8Array(300).fill(7);
    for (const [bytes, length] of [
      [formatPacket(13, long), 300],
      [formatPacket(13, long.subarray(0, 100)), 100],
      [concatBytes([Uint8Array.of(0xcd, 192, 108), long]), 300],
      [concatBytes([Uint8Array.of(0xb4, 44), long.subarray(0, 44)]), 44],
      [concatBytes([Uint8Array.of(0xb5, 1, 44), long]), 300],
      [concatBytes([Uint8Array.of(0xb6, 0, 0, 1, 44), long]), 300],
    ] as const) {
      const [packet, ...others] = [...readPackets(bytes)];
      expect([packet?.tag, packet?.body.length, packet?.end, others.length]).toEqual([13, length, bytes.length, 0]);
    }
  });

  it.each([
    ['a partial length', [0xcd, 0xe1, 1, 2, 3]],
    ['an indeterminate length', [0xb7, 1, 2]],
    ['no packet', [0x7f, 1]],
    ['packet type 0', [0xc0, 0]],
    ['a length beyond the end', [0xcd, 255, 255, 255, 255, 255]],
    ['half a header', [0xcd, 255, 0]],
  ])('are refused: %s', (_, bytes) => {
    expect(refused(() => [...readPackets(Uint8Array.from(bytes))])).not.toBe('not refused');
  });
});

describe('key index', () => {
  it('finds each certificate, with the fingerprints that openpgp computes', async () => {
    const keys = await Promise.all([
      makeKey({ subkeys: [{ sign: true }, {}] }),
      makeKey({ type: 'curve25519', config: { v6Keys: true } }),
      makeKey({ curve: 'nistP256' }),
    ]);
    const parts = keys.map((key) => certificateOf(key).bytes);
    const ring = concatBytes([
      formatPacket(packetTag.marker, Buffer.from('PGP')),
      ...parts.flatMap((part) => [part, formatPacket(packetTag.trust, new Uint8Array(2))]),
    ]);
    const entries = indexKeys(ring);
    expect(entries.map(({ fingerprint }) => fingerprint)).toEqual(keys.map((key) => key.getFingerprint().toUpperCase()));
    for (const [index, { offset, length, fingerprints, keyIds }] of entries.entries()) {
      const all = [keys[index]!, ...keys[index]!.getSubkeys()];
      expect(fingerprints).toEqual(all.map((key) => key.getFingerprint().toUpperCase()));
      expect(keyIds).toEqual(all.map((key) => key.getKeyID().toHex().toUpperCase()));
      expect(hexOf(ring.subarray(offset, offset + length)).startsWith(hexOf(parts[index]!))).toBe(true);
    }
  });

  it('skips secret keys and keys of other versions', () => {
    const good = certificateFor(forgeKey('ed25519', keyDate.getTime())).bytes;
    const old = formatPacket(packetTag.publicKey, Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 1));
    const secret = formatPacket(packetTag.secretKey, Uint8Array.of(4, 0, 0, 0, 0, 22));
    expect(
      indexKeys(concatBytes([old, good, secret, formatPacket(packetTag.userId, Buffer.from('x')), old])).map(({ offset, length }) => [
        offset,
        length,
      ]),
    ).toEqual([[old.length, good.length]]);
  });

  it('is built, or the file refused as malformed, whatever it holds', () => {
    const ring = concatBytes([
      certificateFor(forgeKey('ed25519', keyDate.getTime())).bytes,
      certificateFor(forgeKey('P-256', keyDate.getTime())).bytes,
    ]);
    fc.assert(
      fc.property(fc.nat(ring.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(ring.length), (at, value, length) => {
        const changed = Uint8Array.from(ring);
        changed[at] = value;
        refused(() => indexKeys(changed));
        refused(() => indexKeys(ring.subarray(0, length)));
      }),
    );
  });
});

describe('line endings', () => {
  it.each([
    ['a\nb\n', 'a\r\nb\r\n'],
    ['a\r\nb', 'a\r\nb'],
    ['a\rb\r\r\nc\r', 'a\rb\r\nc'],
    ['\n\n\r\n', '\r\n\r\n\r\n'],
    ['\r\r\r', ''],
    // As gpg does, by an accident of its C library; found with a jar that was signed as text.
    ['a\0\nb\0', 'a\r\nb'],
    ['a\0\r\0\nb\0c\r\0d', 'a\r\nb\0c\r\0d'],
    ['\0\0\n', '\r\n'],
    ['', ''],
  ])('are normalised in %j', (text, canonical) => {
    expect(Buffer.from(new TextLines().update(Buffer.from(text))).toString()).toBe(canonical);
  });

  it('count if the line holds only white space, longer than any line', () => {
    const text = Buffer.alloc(50_000, '\0');
    expect(new TextLines().update(text).length).toBe(40_000);
  });

  it('are normalised wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\r', '\n', '\r\n', '\0')), fc.array(fc.nat(20)), (parts, cuts) => {
        const text = Buffer.from(parts.join(''));
        const lines = new TextLines();
        const chunks: Uint8Array[] = [];
        let start = 0;
        for (const cut of cuts) {
          chunks.push(lines.update(text.subarray(start, start + cut)));
          start += cut;
        }
        chunks.push(lines.update(text.subarray(start)));
        expect(hexOf(concatBytes(chunks))).toBe(hexOf(new TextLines().update(text)));
      }),
    );
  });
});
