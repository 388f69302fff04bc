import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../../src/base/error.js';
import { createKeyMapModel, type KeyMapModel } from '../../../src/proof/key-map/key-map-model.js';
import { readKeyMap } from '../../../src/proof/key-map/read-key-map.js';
import { certificate, fingerprint, subject } from './signers.js';

const a = fingerprint('a1');
const b = fingerprint('b2');
const c = fingerprint('c3');
const read = (text: string, source = 'keys.list') => readKeyMap(Buffer.from(text), source);
const modelOf = (...texts: string[]): KeyMapModel => createKeyMapModel(texts.map((text) => read(text)));
const gradle = (configuration: string, components = ''): string =>
  `<?xml version="1.0"?><verification-metadata><configuration>${configuration}</configuration><components>${components}</components></verification-metadata>`;

describe('the kind of a key map', () => {
  it.each<[string, string | Buffer, string]>([
    ['Gradle', gradle(''), 'verification-metadata'],
    ['Gradle, with a byte order mark and blanks', `\ufeff\n${gradle('').replace(/^<\?.*?\?>/, '')}`, 'verification-metadata'],
    [
      'Gradle, in UTF-16',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<verification-metadata/>', 'utf16le')]),
      'verification-metadata',
    ],
    ['JSON', ` {"g": ["${a}"]}`, 'json'],
    ['JSON with a byte order mark', `\ufeff{"g": ["${a}"]}`, 'json'],
    ['lines', `g = 0x${a}`, 'keysmap'],
    ['lines with a byte order mark', `\ufeffg = 0x${a}`, 'keysmap'],
    ['nothing', '', 'keysmap'],
  ])('is recognised: %s', (_name, content, format) => {
    expect(readKeyMap(Buffer.from(content), 'f').format).toBe(format);
  });

  it.each([
    Buffer.from([0x67, 0x3d, 0xff, 0xfe, 0xfa]),
    Buffer.from('<html><body>Not found</body></html>'),
    Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----'),
  ])('is refused: %s', (content) => {
    try {
      readKeyMap(content, 'f');
    } catch (error) {
      expect(isClojarsFetchError(error) && [error.code, error.reason, error.path]).toEqual(['ERR_CONFIG', 'bad-value', 'f']);
      return;
    }
    throw new Error('it was read');
  });
});

it('any bytes are read as a map or refused as configuration', () => {
  const samples = [
    `g:a:[1,2) = 0x${a}, noSig`,
    JSON.stringify({ 'g:a': [a], h: 'any' }),
    gradle(`<trusted-keys><trusted-key id="${a}" group="g.*" regex="true"/></trusted-keys>`),
  ].map((text) => Buffer.from(text));
  const damaged = fc
    .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }), fc.nat(400))
    .map(([sample, flips, cut]) => {
      const bytes = Buffer.from(sample.subarray(0, cut));
      for (const [at, value] of flips) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      try {
        createKeyMapModel([readKeyMap(bytes, 'f')]).allows(subject('g:a:1'));
      } catch (error) {
        expect(isClojarsFetchError(error) && error.code).toBe('ERR_CONFIG');
      }
    }),
    { numRuns: 1000 },
  );
});

describe('the key-map trust model', () => {
  it('trusts the keys of every line that matches, and no others', async () => {
    const model = modelOf(`org.lib = 0x${a}\norg.lib:core = 0x${b}\norg.*:jar = noSig\n`);
    const judged = async (key: string, text: string): Promise<boolean> => (await model.judge(certificate(key), subject(text))).trusted;
    expect(await judged(a, 'org.lib:core:1')).toBe(true);
    expect(await judged(b, 'org.lib:core:1')).toBe(true);
    expect(await judged(b, 'org.lib:other:1')).toBe(false);
    expect(await judged(a, 'org:core:1')).toBe(false);
    expect(await judged(c, 'org.lib:core:1')).toBe(false);
  });

  it('gives the reason', async () => {
    const model = modelOf(`org.lib = 0x${a}\nany.*:x = any\n`);
    const sentence = async (key: string, text: string): Promise<string> => (await model.judge(certificate(key), subject(text))).sentence;
    expect(await sentence(a, 'org.lib:core:1')).toBe('keys.list, line 1 lists its key for org.lib.');
    expect(await sentence(c, 'any.sub:x:1')).toBe('keys.list, line 2 takes any key for any.*:x.');
    expect(await sentence(c, 'org.lib:core:1')).toBe(`No key map lists ${c} for org.lib:core:1; keys.list, line 1 lists ${a}.`);
    expect(await sentence(c, 'com.else:core:1')).toBe(`No key map lists a key for com.else:core:1; it is signed by ${c}.`);
  });

  it('accepts a subkey in a line', async () => {
    const model = modelOf(`org.lib = 0x${b}`);
    const lib = subject('org.lib:core:1');
    const bound = certificate(a, [{ fingerprint: b }, { fingerprint: c }]);
    expect((await model.judge(bound, lib, b)).trusted).toBe(true);
    expect((await model.judge(bound, lib, c)).trusted).toBe(false);
    expect((await model.judge(bound, lib)).trusted).toBe(true);
    expect((await model.judge(certificate(a, [{ fingerprint: b, bound: false }]), lib)).trusted).toBe(false);
  });

  it('trusts no key and allows nothing without maps', async () => {
    const model = createKeyMapModel([]);
    expect((await model.judge(certificate(a), subject('g:a:1'))).trusted).toBe(false);
    expect(model.allows(subject('g:a:1'))).toEqual({ missing: false, unknownKey: false, unknownKeys: [], bad: false, untrusted: false });
  });

  it('allows exactly the exemptions of a map', () => {
    const model = modelOf(`old:lib:(,1.0] = noSig\nold:lib = 0x${a}, !0x${b}\nodd = noKey, badSig`);
    expect(model.allows(subject('old:lib:0.9'))).toEqual({
      missing: true,
      unknownKey: false,
      unknownKeys: [b],
      bad: false,
      untrusted: false,
    });
    expect(model.allows(subject('old:lib:1.1'))).toMatchObject({ missing: false, unknownKeys: [b] });
    expect(model.allows(subject('odd:x:1'))).toMatchObject({ missing: false, unknownKey: true, bad: true });
  });

  it('changes its identity with the maps', () => {
    const one = `g = 0x${a}`;
    expect(modelOf(one).identity).toBe(modelOf(one).identity);
    expect(
      new Set([
        modelOf().identity,
        modelOf(one).identity,
        modelOf(`${one}\nh = noSig`).identity,
        modelOf(one, one).identity,
        modelOf(gradle('')).identity,
      ]).size,
    ).toBe(5);
  });

  it('answers at once with a map of ten thousand lines', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `org.group${index}:lib = 0x${fingerprint(index.toString(16))}`);
    const model = modelOf(lines.join('\n'));
    for (let index = 0; index < 2000; index++)
      expect((await model.judge(certificate(fingerprint(index.toString(16))), subject(`org.group${index}:lib:1`))).trusted).toBe(true);
  });
});

describe("Gradle's file as a key map", () => {
  const model = (configuration: string, components = ''): KeyMapModel =>
    createKeyMapModel([read(gradle(configuration, components), 'verification-metadata.xml')]);
  const trusted = async (from: KeyMapModel, key: string, text: string): Promise<boolean> =>
    (await from.judge(certificate(key), subject(text))).trusted;

  it('trusts keys by group, name, version, file and expression', async () => {
    const from = model(
      `<trusted-keys><trusted-key id="${a}" group="org.clojure"/><trusted-key id="${b}"><trusting group="^ring($|([.].*))" regex="true"/><trusting group="g" name="n" version="1" file="n-1-sources.jar"/></trusted-key></trusted-keys>`,
    );
    expect(await trusted(from, a, 'org.clojure:clojure:1.11.1')).toBe(true);
    expect(await trusted(from, a, 'org.clojure.contrib:x:1')).toBe(false);
    expect(await trusted(from, a, 'Org.Clojure:clojure:1')).toBe(false);
    expect(await trusted(from, b, 'ring:ring-core:1')).toBe(true);
    expect(await trusted(from, b, 'ring.mock:x:1')).toBe(true);
    expect(await trusted(from, b, 'ringer:x:1')).toBe(false);
    expect(await trusted(from, b, 'g:n:1:jar:sources')).toBe(true);
    expect(await trusted(from, b, 'g:n:1')).toBe(false);
  });

  it('does not trust a key that is listed without a group or name', async () => {
    expect(await trusted(model(`<trusted-keys><trusted-key id="${a}"/></trusted-keys>`), a, 'g:n:1')).toBe(false);
  });

  it('trusts a key for one artifact, and ignores keys', async () => {
    const from = model(
      `<ignored-keys><ignored-key id="${c.slice(-16)}"/></ignored-keys><trusted-keys><trusted-key id="${c}" group="g"/></trusted-keys>`,
      `<component group="g" name="n" version="1-SNAPSHOT"><artifact name="n-1-20240101.010203-4.jar"><pgp value="${a}"/><pgp value="${b}"/><ignored-keys><ignored-key id="${b}"/></ignored-keys></artifact></component>`,
    );
    expect(await trusted(from, a, 'g:n:1-20240101.010203-4')).toBe(true);
    expect(await trusted(from, a, 'g:n:1-20240101.010203-5')).toBe(false);
    expect(await trusted(from, b, 'g:n:1-20240101.010203-4')).toBe(false);
    expect(await from.judge(certificate(c), subject('g:n:2'))).toEqual({
      trusted: false,
      sentence: 'verification-metadata.xml, ignored-keys ignores its key.',
    });
  });

  it.each([
    ['trusted keys', `<trusted-keys><trusted-key id="${a.slice(-16)}" group="g"/></trusted-keys>`, '', 'trusted-keys'],
    [
      'keys of a file',
      '',
      `<component group="g" name="n" version="1"><artifact name="n-1.jar"><pgp value="${a.slice(-8)}"/></artifact></component>`,
      'component g:n:1',
    ],
  ])('never trusts a key ID: %s', async (_name, configuration, components, place) => {
    const from = model(configuration, components);
    expect(await from.judge(certificate(a), subject('g:n:1'))).toEqual({
      trusted: false,
      sentence: `verification-metadata.xml, ${place} names its key by key ID only, and anyone can make a key with that ID. The fingerprint is ${a}.`,
    });
    expect((await from.judge(certificate(b), subject('g:n:1'))).sentence).toBe(`No key map lists a key for g:n:1; it is signed by ${b}.`);
  });

  it('still trusts the fingerprints of a file that also has key IDs', async () => {
    const from = model(`<trusted-keys><trusted-key id="${b.slice(-16)}" group="g"/><trusted-key id="${a}" group="g"/></trusted-keys>`);
    expect(await trusted(from, a, 'g:n:1')).toBe(true);
    expect(await trusted(from, b, 'g:n:1')).toBe(false);
  });

  it('lets a trusted artifact have any signature, without proof', async () => {
    const from = model('<trusted-artifacts><trust file=".*-javadoc[.]jar" regex="true"/></trusted-artifacts>');
    expect(from.allows(subject('g:n:1:jar:javadoc'))).toEqual({
      missing: true,
      unknownKey: true,
      unknownKeys: [],
      bad: true,
      untrusted: true,
    });
    expect(from.allows(subject('g:n:1'))).toMatchObject({ missing: false, untrusted: false });
    expect(await trusted(from, a, 'g:n:1:jar:javadoc')).toBe(false);
  });

  it('pins files by sha256 and sha512', () => {
    const one = '1'.repeat(64);
    const two = '2'.repeat(64);
    const three = '3'.repeat(128);
    const map = read(
      gradle(
        '',
        `<component group="g" name="n" version="1"><artifact name="n-1.jar"><sha256 value="${one}"><also-trust value="${two}"/></sha256><sha512 value="${three}"/></artifact><artifact name="n-1.pom"><sha1 value="${'4'.repeat(40)}"/></artifact></component>`,
      ),
    );
    expect(map.pinsOf(subject('g:n:1'))).toEqual({ sha256: [one, two], sha512: [three] });
    expect(map.pinsOf(subject('g:n:1:pom'))).toBeNull();
  });

  it('refuses an expression that it does not support', () => {
    expect(() => model(`<trusted-keys><trusted-key id="${a}" group="(?=a)b" regex="true"/></trusted-keys>`)).toThrow(/look-around/);
  });
});
