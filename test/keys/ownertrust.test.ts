import fc from 'fast-check';
import { describe, expect } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { formatOwnertrust, parseOwnertrust } from '../../src/local/keyring/ownertrust-text.js';
import { parseTrustDatabase } from '../../src/local/keyring/trustdb.js';
import { ownertrusts } from '../../src/proof/openpgp/certificate/certificate-source.js';
import { keybox, trustDatabase } from './make-rings.js';
import { it } from './workspace.js';

const [A, B, C, D, E] = ['A', 'B', 'C', 'D', 'E'].map((digit) => digit.repeat(40)) as [string, string, string, string, string];

describe('trustdb.gpg', () => {
  it('holds the five statements; flags above the low four bits are ignored; unknown is left out', () => {
    const { ownertrust, warnings, ...numbers } = parseTrustDatabase(
      trustDatabase([
        [A, 6],
        [B, 5],
        [C, 4 | 128],
        [D, 3],
        [E, 2],
        ['F'.repeat(40), 0],
        ['0'.repeat(40), 1],
      ]),
      'trustdb.gpg',
    );
    expect([...ownertrust]).toEqual([
      [A, 'ultimate'],
      [B, 'full'],
      [C, 'marginal'],
      [D, 'never'],
      [E, 'undefined'],
    ]);
    expect(numbers).toEqual({ marginalsNeeded: 3, completesNeeded: 1, maxCertificationDepth: 5 });
    expect(warnings).toEqual([]);
  });

  it('with an unknown value or a torn end gives a warning', () => {
    const bytes = trustDatabase([
      [A, 7],
      [B, 5],
    ]);
    const { ownertrust, warnings } = parseTrustDatabase(bytes.subarray(0, -10), 'trustdb.gpg');
    expect([...ownertrust]).toEqual([[B, 'full']]);
    expect(warnings).toEqual([
      expect.stringMatching(/offset 80 has the unknown ownertrust 7/),
      expect.stringMatching(/the last 30 bytes, from offset 200/),
    ]);
  });

  it.each([
    ['nothing', Buffer.alloc(0), /not a trust database/],
    ['noise', Buffer.alloc(80, 7), /not a trust database/],
    ['another version', Buffer.from(trustDatabase([]).map((byte, index) => (index === 4 ? 4 : byte))), /version 4/],
  ])('is refused if it is %s', (_what, bytes, message) => {
    expect(() => parseTrustDatabase(bytes, 'trustdb.gpg')).toThrow(message);
  });

  it('gives a map or ERR_CONFIG for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, headed) => {
        try {
          parseTrustDatabase(headed ? Buffer.concat([trustDatabase([[A, 5]]), bytes]) : bytes, 'x');
        } catch (error) {
          expect(isClojarsFetchError(error) && error.code).toBe('ERR_CONFIG');
        }
      }),
    );
  });
});

describe('ownertrust as text', () => {
  it('is written as gpg writes it', () => {
    const text = `# List of assigned trustvalues, created Tue Nov 24 13:00:00 2026 UTC\n# (Use "gpg --import-ownertrust" to restore them)\n${A}:6:\n${B.toLowerCase()}:5:\r\n${C}:132:\n${D}:0:\n`;
    expect([...parseOwnertrust(text, 'ownertrust.txt')]).toEqual([
      [A, 'ultimate'],
      [B, 'full'],
      [C, 'marginal'],
    ]);
  });

  it.each([['x'], [`${A}:7:`], [`${A}`], [`${A.slice(1)}:5:`], [`${A}:full:`], ['\u001b[2J']])(
    '%j is refused, with the line number',
    (line) => {
      expect(() => parseOwnertrust(`${B}:5:\n${line}\n`, 'o.txt')).toThrow(/^o\.txt, line 2: /);
      try {
        parseOwnertrust(line, 'o.txt');
      } catch (error) {
        expect(String(error)).not.toContain('\u001b');
      }
    },
  );

  it('is read back as formatted', () => {
    const fingerprint = fc
      .oneof(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
      .map((bytes) => Buffer.from(bytes).toString('hex').toUpperCase());
    fc.assert(
      fc.property(fc.array(fc.tuple(fingerprint, fc.constantFrom(...ownertrusts.filter((trust) => trust !== 'unknown')))), (entries) => {
        const map = new Map(entries);
        expect(new Map(parseOwnertrust(formatOwnertrust(map), 'x'))).toEqual(map);
      }),
    );
  });
});

describe('the source of ownertrust', () => {
  it('is the first that mentions a key: named files, the key store, GnuPG', async ({ workspace }) => {
    await workspace.write('given.txt', `${A}:3:\n`);
    await workspace.write('keys/ownertrust.txt', `${A}:4:\n${B}:4:\n`);
    await workspace.write(
      'home/.gnupg/trustdb.gpg',
      trustDatabase([
        [A, 5],
        [B, 5],
        [C, 5],
      ]),
    );
    const source = await workspace.open(undefined, { ownertrustFiles: [workspace.path('given.txt')] });
    expect([...(await source.ownertrust())].sort()).toEqual([
      [A, 'never'],
      [B, 'marginal'],
      [C, 'full'],
    ]);
  });

  it('is trustdb.gpg next to a named keybox, and ownertrust.txt next to any other file', async ({ workspace }) => {
    const box = await workspace.write('gnupg/pubring.kbx', keybox([]));
    await workspace.write('gnupg/trustdb.gpg', trustDatabase([[A, 6]]));
    await workspace.write('gnupg/ownertrust.txt', `${A}:5:\n${B}:5:\n`);
    expect([...(await (await workspace.open([box])).ownertrust())]).toEqual([[A, 'ultimate']]);
    const other = await workspace.write('other/keys.asc', '');
    await workspace.write('other/trustdb.gpg', trustDatabase([[A, 6]]));
    await workspace.write('other/ownertrust.txt', `${B}:5:\n`);
    expect([...(await (await workspace.open([other])).ownertrust())]).toEqual([[B, 'full']]);
  });

  it('is the text next to a trust database that cannot be read, with a warning; without it an error with a remedy', async ({
    workspace,
  }) => {
    await workspace.write('home/.gnupg/trustdb.gpg', 'broken');
    await expect((await workspace.open()).ownertrust()).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      hint: expect.stringContaining('--export-ownertrust') as unknown,
    });
    await workspace.write('home/.gnupg/ownertrust.txt', `${B}:5:\n`);
    expect([...(await (await workspace.open()).ownertrust())]).toEqual([[B, 'full']]);
    expect(workspace.warnings).toEqual([expect.stringContaining('is read instead')]);
  });
});
