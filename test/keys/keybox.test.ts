import { writeFile } from 'node:fs/promises';

import fc from 'fast-check';
import { describe, expect } from 'vitest';

import { keyIdOf } from '../../src/proof/openpgp/packet/key-packet.js';
import { fakeCertificate, keybox, keyboxBlob, keyboxHeader } from './make-rings.js';
import { allOf, it } from './workspace.js';

const [alice, bob, carol] = [fakeCertificate('alice'), fakeCertificate('bob'), fakeCertificate('carol')];

describe.each([1, 2] as const)('a keybox with blobs of version %i', (version) => {
  it('is searched by fingerprint and key ID of primary key and subkey, and listed in order', async ({ workspace }) => {
    const file = await workspace.write('pubring.kbx', keybox([alice.bytes, bob.bytes, carol.bytes], { version }));
    const ring = await workspace.open([file]);
    for (const name of [bob.fingerprint, bob.subkey, keyIdOf(bob.fingerprint), keyIdOf(bob.subkey)]) {
      expect(await ring.find(name)).toEqual([{ bytes: Buffer.from(bob.bytes), source: file }]);
    }
    expect(await ring.find('0'.repeat(40))).toEqual([]);
    expect(await ring.find('nonsense')).toEqual([]);
    expect((await allOf(ring)).map(({ bytes }) => Buffer.from(bytes))).toEqual([alice, bob, carol].map(({ bytes }) => Buffer.from(bytes)));
    expect(workspace.warnings).toEqual([]);
  });
});

describe('blobs of a keybox other than keys', () => {
  it('are skipped: X.509, empty, unknown and ephemeral ones', async ({ workspace }) => {
    const empty = Buffer.from([0, 0, 0, 5, 0]);
    const file = await workspace.write(
      'x.kbx',
      Buffer.concat([
        keyboxHeader(),
        keyboxBlob(alice.bytes, { type: 3 }),
        empty,
        keyboxBlob(carol.bytes, { type: 9 }),
        keyboxBlob(carol.bytes, { flags: 2 }),
        keyboxBlob(bob.bytes),
      ]),
    );
    const ring = await workspace.open([file]);
    expect((await allOf(ring)).length).toBe(1);
    expect((await ring.find(bob.fingerprint)).length).toBe(1);
    expect(workspace.warnings).toEqual([]);
  });

  it('a file that has changed is indexed again', async ({ workspace }) => {
    const file = await workspace.write('x.kbx', keybox([alice.bytes]));
    const ring = await workspace.open([file]);
    expect(await ring.find(bob.fingerprint)).toEqual([]);
    await writeFile(file, keybox([bob.bytes, alice.bytes]));
    expect((await ring.find(bob.fingerprint)).length).toBe(1);
    expect((await ring.find(alice.fingerprint)).length).toBe(1);
  });
});

describe('the table of a keybox is not trusted', () => {
  it('when it lists a key under another key ID', async ({ workspace }) => {
    const file = await workspace.write('x.kbx', keybox([alice.bytes], { fingerprints: [bob.fingerprint] }));
    const ring = await workspace.open([file]);
    expect(await ring.find(bob.fingerprint)).toEqual([]);
    expect(await ring.find(keyIdOf(bob.fingerprint))).toEqual([]);
    expect(workspace.warnings).toEqual([expect.stringMatching(/x\.kbx: the table of the blob at offset 32 names a key that is not in it/)]);
  });

  it('when it cannot be read: the key itself is read instead', async ({ workspace }) => {
    const blob = keyboxBlob(alice.bytes);
    blob.writeUInt16BE(0xffff, 16);
    const file = await workspace.write('x.kbx', Buffer.concat([keyboxHeader(), blob, keyboxBlob(bob.bytes)]));
    const ring = await workspace.open([file]);
    expect((await ring.find(alice.subkey)).length).toBe(1);
    expect((await ring.find(bob.fingerprint)).length).toBe(1);
  });

  it('when it gives two keys the same key ID: both are checked', async ({ workspace }) => {
    const blobs = [keyboxBlob(alice.bytes, { fingerprints: [bob.fingerprint, alice.fingerprint] }), keyboxBlob(bob.bytes)];
    const ring = await workspace.open([await workspace.write('x.kbx', Buffer.concat([keyboxHeader(), ...blobs]))]);
    expect((await ring.find(bob.fingerprint)).map(({ bytes }) => Buffer.from(bytes))).toEqual([Buffer.from(bob.bytes)]);
  });
});

describe('a damaged keybox', () => {
  const whole = keybox([alice.bytes, bob.bytes, carol.bytes]);
  const second = 32 + keyboxBlob(alice.bytes).length;

  it.for([
    [
      'a key outside its blob',
      (bytes: Buffer) => bytes.writeUInt32BE(0x7fffffff, second + 8),
      /offset \d+ places its key outside of itself/,
      2,
    ],
    ['no key', (bytes: Buffer) => bytes.writeUInt32BE(0, second + 12), /has no key/, 2],
    [
      'a length of zero',
      (bytes: Buffer) => bytes.writeUInt32BE(0, second),
      /offset \d+ has no sensible length; the \d+ bytes from there on/,
      1,
    ],
    ['a length beyond the file', (bytes: Buffer) => bytes.writeUInt32BE(0xffffffff, second), /no sensible length/, 1],
  ] as const)(
    'with %s: the rest is still found, and a warning names the file and the offset',
    async ([_what, damage, warning, left], { workspace }) => {
      const bytes = Buffer.from(whole);
      damage(bytes);
      const ring = await workspace.open([await workspace.write('x.kbx', bytes)]);
      expect((await allOf(ring)).length).toBe(left);
      expect(workspace.warnings).toEqual([expect.stringMatching(warning)]);
      expect(workspace.warnings[0]).toContain(workspace.path('x.kbx'));
      expect(workspace.warnings[0]).toContain(`offset ${second}`);
    },
  );

  it('that is cut off anywhere causes no crash, and only whole keys are found', async ({ workspace }) => {
    const file = await workspace.write('x.kbx', whole);
    const known = new Set([alice, bob, carol].map(({ bytes }) => Buffer.from(bytes).toString('hex')));
    for (let length = 32; length < whole.length; length += 37) {
      await writeFile(file, whole.subarray(0, length));
      for (const { bytes } of await allOf(await workspace.open([file]))) expect(known.has(Buffer.from(bytes).toString('hex'))).toBe(true);
    }
  });

  it('with any bytes flipped causes no crash or hang, and a key found by a name has that name', async ({ workspace }) => {
    const file = workspace.path('x.kbx');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(whole.length - 13), fc.nat(255)), { minLength: 1, maxLength: 8 }), async (flips) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of flips) bytes[at + 12] = value;
        await writeFile(file, bytes);
        const ring = await workspace.open([file]);
        await allOf(ring);
        for (const { fingerprint, bytes: certificate } of [alice, bob, carol]) {
          const [found] = await ring.find(fingerprint);
          // The primary key is hashed; the rest of the certificate is checked later, by its signatures. The packet may have turned into one
          // of the old form, whose first byte differs.
          if (found !== undefined)
            expect(Buffer.from(found.bytes).subarray(1, 53).equals(Buffer.from(certificate).subarray(1, 53))).toBe(true);
        }
      }),
      {
        numRuns: 200,
        examples: [
          [
            [
              [142, 152],
              [0, 0],
            ],
          ],
        ],
      },
    );
  });
});

it('of 3,000 keys, one is found, and all are listed', async ({ workspace }) => {
  const certificates = Array.from({ length: 3_000 }, (_, index) => fakeCertificate(`key ${index}`));
  const file = await workspace.write('pubring.kbx', keybox(certificates.map(({ bytes }) => bytes)));
  const ring = await workspace.open([file]);
  const wanted = certificates[2222];
  const found = await ring.find(wanted?.subkey ?? '');
  expect(found.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual([Buffer.from(wanted?.bytes ?? []).toString('hex')]);
  expect((await allOf(ring)).length).toBe(3_000);
});
