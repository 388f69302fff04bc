import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ChecksumAlgorithm, ChecksumClaim } from '../../../src/proof/checksum/claim.js';
import { createDigester, digestOf } from '../../../src/proof/checksum/digest.js';
import { parseHeaderChecksums } from '../../../src/proof/checksum/header.js';
import { checkQuorum } from '../../../src/proof/checksum/quorum.js';
import { parseSidecar } from '../../../src/proof/checksum/sidecar.js';
import { formatTrustedChecksums, parseTrustedChecksums } from '../../../src/proof/checksum/trusted-file.js';
import { codePoint } from '../../support/code-point.js';

const algorithms: ChecksumAlgorithm[] = ['md5', 'sha1', 'sha256', 'sha512'];
const all = digestOf('x', algorithms);
const md5 = all.md5 ?? '';
const sha1 = all.sha1 ?? '';
/** The hexadecimal digits of the checksum in groups. */
const groups = (size: number): string[] => sha1.toUpperCase().match(new RegExp(`.{${size}}`, 'g')) ?? [];
const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

describe('createDigester', () => {
  it('returns the digests of node:crypto, however the body is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (chunks) => {
        const digester = createDigester(algorithms);
        for (const chunk of chunks) digester.update(chunk);
        const body = Buffer.concat(chunks);
        for (const algorithm of algorithms) expect(digester.digests()[algorithm]).toBe(createHash(algorithm).update(body).digest('hex'));
        expect(digester.size).toBe(body.length);
      }),
    );
  });
  it('can be cloned and continued', () => {
    const first = createDigester(['sha1']);
    first.update(Buffer.from('ab'));
    const saved = first.copy();
    first.update(Buffer.from('damaged'));
    saved.update(Buffer.from('c'));
    expect(saved.digests()).toEqual(digestOf('abc', ['sha1']));
    expect(saved.size).toBe(3);
    expect(first.digests()).toEqual(digestOf('abdamaged', ['sha1']));
    first.update(Buffer.from('!'));
    expect(first.digests()).toEqual(digestOf('abdamaged!', ['sha1']));
  });
});

describe('parseSidecar', () => {
  it.each([
    [sha1],
    [`${sha1}\n`],
    [`\n\n  ${sha1}  \r\n`],
    [`\ufeff${sha1}`],
    [sha1.toUpperCase()],
    [`${sha1}  lib-1.0.jar\n`],
    [`${sha1} *lib-1.0.jar`],
    [`\\${sha1}  odd\\nname.jar`],
    [`${sha1}  /home/deploy/target/lib 1.0.jar`],
    [`lib-1.0.jar: ${sha1}`],
    [`C:\\lib\\lib-1.0.jar: ${sha1}`],
    [`SHA1 (lib-1.0.jar) = ${sha1}`],
    [`SHA1(lib-1.0.jar)= ${sha1}`],
    [`SHA1(a=b.jar)= ${sha1.toUpperCase()}`],
    [`lib.jar = ${sha1}`],
    [`lib.jar: ${sha1.replace(/(.{8})/g, '$1 ')}`],
    [`${sha1}\nsecond line`],
    // gpg --print-md, with a long name or in more lines than one
    [`./lib/1.0/lib-1.0.jar:\n${groups(4).slice(0, 5).join(' ')}  ${groups(4).slice(5).join(' ')}\n`],
    [`lib-1.0.jar: ${groups(4).slice(0, 6).join(' ')}\n             ${groups(4).slice(6).join(' ')}\n`],
    [`${groups(4).slice(0, 6).join(' ')}\n${groups(4).slice(6).join(' ')}`],
    // certutil -hashfile
    [`SHA1 hash of file C:\\lib-1.0.jar:\r\n${groups(2).join(' ')}\r\nCertUtil: -hashfile command completed successfully.\r\n`],
    // openssl dgst -c
    [`SHA1(lib-1.0.jar)= ${groups(2).join(':')}`],
    // Get-FileHash | Format-List
    [`Algorithm : SHA1\r\nHash      : ${sha1.toUpperCase()}\r\nPath      : C:\\lib-1.0.jar\r\n`],
    [`# written by hand\n; and by another\n${sha1} lib-1.0.jar`],
    // the name first, without a space after the colon, or on a line of its own
    [`/target/lib-1.0.jar  ${sha1}\n`],
    [`lib-1.0.jar:${sha1}`],
    [`a=b.jar: ${sha1}`],
    [`lib-1.0.jar\r\n${sha1}\r\n`],
    [`sha1:${sha1}`],
    [`0x${sha1}`],
    [`"${sha1}"`],
    [`{"file": "lib-1.0.jar", "sha1": "${sha1}"}`],
    // Get-FileHash as a table, fciv, a signed text
    [`\r\nAlgorithm Hash Path\r\n--------- ---- ----\r\nSHA1      ${sha1.toUpperCase()} C:\\lib-1.0.jar\r\n`],
    [`//\n// File Checksum Integrity Verifier version 2.05.\n//\n${sha1} lib-1.0.jar\n`],
    [
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${sha1}  lib-1.0.jar\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n`,
    ],
    [base64(sha1)],
    [`sha1-${base64(sha1)}\n`],
    [`${sha1}\0\0`],
    [[...sha1].join('\0')],
  ])('reads %j', (text) => {
    expect(parseSidecar(text, 'sha1')).toEqual({ ok: true, value: sha1 });
    expect(parseSidecar(Buffer.from(text), 'sha1')).toEqual({ ok: true, value: sha1 });
  });
  it.each(algorithms)('reads a digest of %s in a binary encoding', (algorithm) => {
    const digest = createHash(algorithm).update('x').digest();
    expect(parseSidecar(digest, algorithm)).toEqual({ ok: true, value: digest.toString('hex') });
    expect(parseSidecar(digest.subarray(1), algorithm)).toMatchObject({ ok: false });
  });
  it.each(['', '  lib.jar', '\n'])('restores dropped leading zeros before %j', (end) => {
    for (const zeros of [1, 3, 7]) {
      const full = sha1.slice(zeros).padStart(40, '0');
      expect(parseSidecar(`${sha1.slice(zeros)}${end}`, 'sha1')).toEqual({ ok: true, value: full });
      expect(parseSidecar(`SHA1(lib.jar)= ${sha1.slice(zeros)}`, 'sha1')).toEqual({ ok: true, value: full });
    }
  });
  it('handles 4,096 characters of anything within a moment', () => {
    for (const text of [' ', ': ', '=', 'a ', ':=', 'a:', '0', '\n:', 'a\n'])
      expect(parseSidecar(text.repeat(4096).slice(0, 4096), 'sha1')).toMatchObject({ ok: false });
  });
  it('reads UTF-16 with a byte order mark', () => {
    expect(parseSidecar(Buffer.from(`\ufeff${md5}\r\n`, 'utf16le'), 'md5')).toEqual({ ok: true, value: md5 });
  });
  it.each([
    [''],
    ['\n \n'],
    ['<html>'],
    [`<!doctype html><p>${sha1}`],
    [md5],
    [all.sha256 ?? ''],
    [`${sha1}0`],
    [sha1.slice(8)],
    [`${sha1.slice(1)}g`],
    ['lib-1.0.jar:'],
    ['lib-1.0.jar:\nnot hex\n' + sha1.slice(0, 20)],
    ['a text of 20 letters'],
    ['not found'],
    [`g${sha1.slice(1)}`],
    [`x${sha1}`],
    [`${sha1}\n`.repeat(200)],
    [`a.jar ${sha1}\nb.jar ${sha1.slice(1)}0`],
    [`lib-${sha1}.jar`],
    [base64(sha1).slice(0, -1)],
  ])('refuses %j', (text) => {
    expect(parseSidecar(text, 'sha1')).toMatchObject({ ok: false, reason: 'malformed' });
  });
  it('accepts any bytes without throwing, and returns only checksums', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: codePoint })),
        fc.constantFrom(...algorithms),
        (body, algorithm) => {
          const read = parseSidecar(body, algorithm);
          if (read.ok) expect(read.value).toMatch(/^[0-9a-f]{32,128}$/);
        },
      ),
    );
  });
});

describe('parseHeaderChecksums', () => {
  const sha256 = all.sha256 ?? '';
  it.each([
    [{ 'x-checksum-sha1': sha1, 'X-Checksum-MD5': md5.toUpperCase() }, ['sha1', 'md5']],
    [{ 'x-goog-meta-checksum-sha1': sha1 }, ['sha1']],
    [{ 'x-goog-hash': [`crc32c=AAAAAA==`, `md5=${base64(md5)}`] }, ['md5']],
    [{ 'x-goog-hash': `crc32c=AAAAAA==,md5=${base64(md5)}` }, ['md5']],
    [{ 'x-amz-meta-sha1': sha1, 'x-amz-meta-md5': base64(md5), 'x-amz-meta-sha256': base64(sha256) }, ['sha256', 'sha1', 'md5']],
    [{ etag: `"{SHA1{${sha1}}}"` }, ['sha1']],
    [{ 'repr-digest': `sha-256=:${base64(sha256)}:, sha-512=:${base64(all.sha512 ?? '')}:` }, ['sha256', 'sha512']],
    [{ 'content-digest': `sha-256=:${base64(sha256)}:` }, ['sha256']],
    [{ digest: `SHA-256=${base64(sha256)},md5=${base64(md5)}` }, ['sha256', 'md5']],
    [{ 'content-encoding': 'gzip', 'repr-digest': `sha-256=:${base64(sha256)}:` }, []],
    [{ etag: `"${md5}"` }, []],
    [{ etag: `"${sha1}"` }, []],
    [{ 'x-checksum-sha1': 'n/a', 'x-checksum-md5': sha1, 'x-goog-hash': 'md5=', digest: '=,;;' }, []],
    [{ 'x-checksum-sha1': undefined }, []],
    [{ digest: '__proto__=x,constructor=y' }, []],
  ])('%j', (headers, expected) => {
    const found = parseHeaderChecksums(headers);
    expect(found.map(({ algorithm }) => algorithm)).toEqual(expected);
    for (const { algorithm, value } of found) expect(value).toBe(all[algorithm]);
  });
  it('ignores the Content-Digest of a partial response', () => {
    expect(parseHeaderChecksums({ 'content-digest': `sha-256=:${base64(sha256)}:` }, { transformed: true })).toEqual([]);
  });
  it('keeps two contradicting statements, so that the verifier sees both', () => {
    expect(parseHeaderChecksums({ 'x-checksum-sha1': sha1, 'x-amz-meta-sha1': '0'.repeat(40) })).toHaveLength(2);
  });
  it('never throws', () => {
    const names = ['x-goog-hash', 'etag', 'digest', 'repr-digest', 'content-digest', 'x-checksum-sha1', 'x-amz-meta-md5'];
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), (headers) => void parseHeaderChecksums(headers)));
  });
});

describe('checkQuorum', () => {
  const says = (
    operator: string | null,
    fits: boolean,
    mirror = `https://${operator}.test/`,
    algorithm: ChecksumAlgorithm = 'sha1',
  ): ChecksumClaim => ({
    algorithm,
    value: fits ? (all[algorithm] ?? '') : '0'.repeat((all[algorithm] ?? '').length),
    mirror,
    operator,
    canonical: false,
    trusted: false,
    secure: true,
    source: 'sidecar',
    places: [],
  });
  it('counts operators', () => {
    const verdict = checkQuorum(
      [
        says('b', true),
        says('a', true),
        says('a', true, 'https://a2.test/'),
        says(null, true),
        says('c', false),
        says('d', true),
        says('d', false, 'https://d2.test/'),
      ],
      all,
      3,
    );
    expect(verdict).toEqual({
      met: false,
      agreeing: ['a', 'b'],
      dissenting: ['c'],
      inconsistent: ['d'],
      dissentingMirrors: ['https://c.test/', 'https://d2.test/'],
    });
  });
  it('needs an algorithm stronger than md5', () => {
    expect(checkQuorum([says('a', true, 'https://a/', 'md5'), says('b', true, 'https://b/', 'md5')], all, 2).met).toBe(false);
    expect(checkQuorum([says('a', false, 'https://a/', 'md5')], all, 2).dissenting).toEqual(['a']);
  });
  it('is not met by a minimum of zero', () => {
    expect(checkQuorum([], all, 0).met).toBe(false);
  });
});

describe('trusted-checksum files', () => {
  const sha256 = all.sha256 ?? '';
  it('are searched by path, then by bare name, the strongest checksum first', () => {
    const file = parseTrustedChecksums(
      `# pins\n${sha1}  org/lib/1/lib-1.jar\r\n${sha256.toUpperCase()} *org/lib/1/lib-1.jar\n\n${md5}  ./other.jar\n`,
      'checksums',
    );
    expect(file.find('org/lib/1/lib-1.jar')).toEqual({ algorithm: 'sha256', value: sha256, path: 'org/lib/1/lib-1.jar' });
    expect(file.find('a/b/other.jar')?.algorithm).toBe('md5');
    expect(file.find('x/lib-1.jar')).toBeUndefined();
  });
  it.each([['nonsense'], [`${sha1}`], [`${sha1.slice(1)}  a.jar`], [`${sha1}  a.jar\n${'0'.repeat(40)}  a.jar`]])(
    'are refused with the line number: %j',
    (text) => {
      expect(() => parseTrustedChecksums(text, 'pins.sha1')).toThrowError(/^pins\.sha1, line \d: /);
      expect(() => parseTrustedChecksums(text, 'pins.sha1')).toThrowError(
        expect.objectContaining({ code: 'ERR_CONFIG', reason: 'bad-value' }),
      );
    },
  );
  it('are read back as written', () => {
    const path = fc.stringMatching(/^[a-z]{1,5}(\/[a-z0-9.-]{1,8}){0,3}$/);
    const entry = fc.record({ path, algorithm: fc.constantFrom(...algorithms), text: fc.string() });
    fc.assert(
      fc.property(fc.uniqueArray(entry, { maxLength: 6, selector: (one) => one.path }), (entries) => {
        const made = entries.map(({ path: at, algorithm, text }) => ({
          algorithm,
          value: digestOf(text, [algorithm])[algorithm] ?? '',
          path: at,
        }));
        const read = parseTrustedChecksums(formatTrustedChecksums(made), 'x').entries;
        expect(read).toHaveLength(made.length);
        expect(new Set(read.map((one) => JSON.stringify(one)))).toEqual(new Set(made.map((one) => JSON.stringify(one))));
      }),
    );
  });
});
