import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';

import { describe, expect } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { encodeArmor } from '../../src/proof/openpgp/packet/armor.js';
import { documentOf } from '../../src/proof/openpgp/packet/document.js';
import { keyIdOf } from '../../src/proof/openpgp/packet/key-packet.js';
import { checkSignatures } from '../../src/proof/openpgp/signature/signatures.js';
import { certificateFor, forgeKey, forgeSignature, packetOf } from '../verification/pgp/forge.js';
import { keyDate, nowMs, signDate } from '../verification/pgp/keys.js';
import { fakeCertificate, keybox, keyboxHeader, noise, trustDatabase } from './make-rings.js';
import { allOf, it, type Workspace } from './workspace.js';

const [alice, bob, carol, dave] = [fakeCertificate('alice'), fakeCertificate('bob'), fakeCertificate('carol'), fakeCertificate('dave')];
const armor = (...certificates: readonly { readonly bytes: Uint8Array }[]): string =>
  encodeArmor('PGP PUBLIC KEY BLOCK', Buffer.concat(certificates.map(({ bytes }) => bytes)));
const countOf = async (workspace: Workspace, keyrings?: readonly string[], env?: Record<string, string>): Promise<number> =>
  (await allOf(await workspace.open(keyrings, env === undefined ? {} : { env }))).length;

async function refusal(action: Promise<unknown>): Promise<{ code: string; reason: string; message: string; hint: string | undefined }> {
  try {
    await action;
  } catch (error) {
    if (isClojarsFetchError(error)) return { code: error.code, reason: error.reason, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('accepted');
}

describe('a keyring may be', () => {
  it('a binary file of several certificates', async ({ workspace }) => {
    const file = await workspace.write('pubring.gpg', Buffer.concat([alice.bytes, bob.bytes]));
    const ring = await workspace.open([file]);
    expect(await ring.find(keyIdOf(bob.subkey))).toEqual([{ bytes: bob.bytes, source: file }]);
    expect((await allOf(ring)).length).toBe(2);
  });

  it('an armored file: several keys in one block, several blocks, text between', async ({ workspace }) => {
    const file = await workspace.write(
      'keys.asc',
      `These are keys.\n${armor(alice, bob)}\nand one more, with DOS lines\r\n${armor(carol).replaceAll('\n', '\r\n')}`,
    );
    const ring = await workspace.open([file]);
    for (const { fingerprint, bytes } of [alice, bob, carol])
      expect((await ring.find(fingerprint)).map((one) => Buffer.from(one.bytes))).toEqual([Buffer.from(bytes)]);
    expect(workspace.warnings).toEqual([]);
  });

  it('a folder that also holds other files', async ({ workspace }) => {
    await workspace.write('folder/a.asc', armor(alice));
    await workspace.write('folder/b.kbx', keybox([bob.bytes]));
    await workspace.write('folder/c', carol.bytes);
    await workspace.write('folder/README.md', 'No keys here. -----BEGIN PGP MESSAGE-----');
    await workspace.write('folder/photo.png', Buffer.concat([Buffer.from([0x89]), noise('photo', 2000)]));
    await workspace.write('folder/empty', '');
    await workspace.write('folder/.hidden.asc', armor(dave));
    await workspace.write('folder/below/d.asc', armor(dave));
    await workspace.write('folder/broken.asc', armor(dave).replace(/\n-----END[^]*/, ''));
    await symlink('/nowhere/at/all', workspace.path('folder', 'dangling.asc'));
    const ring = await workspace.open([workspace.path('folder')]);
    expect((await allOf(ring)).length).toBe(3);
    expect(await ring.find(dave.fingerprint)).toEqual([]);
    expect(workspace.warnings).toEqual([
      expect.stringMatching(/broken\.asc: the armored block at offset 0 does not end/),
      expect.stringMatching(/broken\.asc contains no readable public key/),
    ]);
  });

  it('a GnuPG home: the keybox if gpg would use it, otherwise pubring.gpg', async ({ workspace }) => {
    const home = workspace.path('gnupg');
    await workspace.write('gnupg/pubring.gpg', alice.bytes);
    expect(await countOf(workspace, [home])).toBe(1);
    await workspace.write('gnupg/pubring.kbx', Buffer.concat([keyboxHeader(false)]));
    expect((await (await workspace.open([home])).find(alice.fingerprint)).length).toBe(1);
    await workspace.write('gnupg/pubring.kbx', keybox([bob.bytes, carol.bytes]));
    expect(await countOf(workspace, [home])).toBe(2);
  });

  it('a GnuPG home without keys yet', async ({ workspace }) => {
    await workspace.write('gnupg/gpg.conf', '');
    expect(await countOf(workspace, [workspace.path('gnupg')])).toBe(0);
  });

  it('one of several, with the same key in two of them: each is an answer', async ({ workspace }) => {
    const one = await workspace.write('one.asc', armor(alice, bob));
    const two = await workspace.write('two.kbx', keybox([bob.bytes]));
    const ring = await workspace.open([one, two]);
    expect((await ring.find(bob.fingerprint)).map(({ source }) => source)).toEqual([one, two]);
    expect((await allOf(ring)).length).toBe(3);
  });
});

describe('the default keyrings', () => {
  it("are the program's own key store and ~/.gnupg, if they exist", async ({ workspace }) => {
    expect(await countOf(workspace)).toBe(0);
    await workspace.write(`keys/${alice.fingerprint}.pgp`, alice.bytes);
    await workspace.write('home/.gnupg/pubring.kbx', keybox([bob.bytes]));
    expect(await countOf(workspace)).toBe(2);
    await workspace.write('elsewhere/pubring.kbx', keybox([bob.bytes, carol.bytes]));
    expect(await countOf(workspace, undefined, { GNUPGHOME: workspace.path('elsewhere') })).toBe(3);
    expect(await countOf(workspace, undefined, { GNUPGHOME: workspace.path('nowhere') })).toBe(1);
  });

  it('are replaced by the keyrings that are named', async ({ workspace }) => {
    await workspace.write(`keys/${alice.fingerprint}.pgp`, alice.bytes);
    expect(await countOf(workspace, [await workspace.write('b.pgp', bob.bytes)])).toBe(1);
    expect(await countOf(workspace, [])).toBe(0);
  });
});

describe('a keyring that cannot be read', () => {
  it('is an error if the path is missing, or is neither a file nor a folder', async ({ workspace }) => {
    expect(await refusal(workspace.open([workspace.path('nothing')]))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'unreadable',
      message: expect.stringContaining('no such file or folder') as unknown,
      hint: expect.stringContaining('GnuPG home') as unknown,
    });
    expect(await refusal(workspace.open(['/dev/null']))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'unreadable',
      message: expect.stringContaining('neither a file nor a folder') as unknown,
    });
  });

  it('is reported if a named file has no keys', async ({ workspace }) => {
    expect(await countOf(workspace, [await workspace.write('notes.txt', 'nothing')])).toBe(0);
    expect(workspace.warnings).toContainEqual(expect.stringMatching(/notes\.txt contains no readable public key/));
  });

  it('because a certificate is cut off: the certificate is skipped as a whole, since its end may be its revocation', async ({
    workspace,
  }) => {
    const whole = Buffer.concat([alice.bytes, bob.bytes]);
    const file = await workspace.write('keys.pgp', whole.subarray(0, -50));
    const ring = await workspace.open([file]);
    expect((await ring.find(alice.fingerprint)).length).toBe(1);
    expect(await ring.find(bob.fingerprint)).toEqual([]);
    expect(workspace.warnings).toEqual([
      expect.stringMatching(
        new RegExp(
          `keys\\.pgp: damaged at offset \\d+ .*; the ${bob.bytes.length - 50} bytes from offset ${alice.bytes.length} on were skipped`,
        ),
      ),
    ]);
  });

  it('because of one damaged block: the other blocks are read', async ({ workspace }) => {
    const damaged = armor(bob).replace(/\n=....\n/, '\n=AAAA\n');
    const ring = await workspace.open([await workspace.write('keys.asc', `${armor(alice)}${damaged}${armor(carol)}`)]);
    expect((await allOf(ring)).length).toBe(2);
    expect(workspace.warnings).toEqual([expect.stringMatching(/armored block at offset \d+ cannot be read/)]);
  });

  it('because a certificate has more than 8 MiB', async ({ workspace }) => {
    const huge = fakeCertificate('huge', 'huge', 5 * 1024 * 1024);
    const ring = await workspace.open([await workspace.write('keys.pgp', Buffer.concat([alice.bytes, huge.bytes, bob.bytes]))]);
    expect((await allOf(ring)).length).toBe(2);
    expect(workspace.warnings).toEqual([expect.stringMatching(/has \d+ bytes, more than the 8388608 allowed/)]);
  });

  it('has its file name escaped in the warning', async ({ workspace }) => {
    await workspace.write('\u001b[31mred.asc', 'nothing');
    await allOf(await workspace.open([workspace.path('\u001b[31mred.asc')]));
    expect(workspace.warnings.join('\n')).toContain('\\u001b[31mred.asc');
    expect(workspace.warnings.join('\n')).not.toContain('\u001b');
  });
});

describe('the identity of keyrings', () => {
  it('is the same for the same files and differs when one changes, comes or goes', async ({ workspace }) => {
    const one = await workspace.write('folder/one.asc', armor(alice));
    await workspace.write('home/.gnupg/pubring.kbx', keybox([bob.bytes]));
    const identity = async (): Promise<string> =>
      (await workspace.open([workspace.path('folder'), workspace.path('home/.gnupg')])).identity;
    const seen = [await identity()];
    expect(await identity()).toBe(seen[0]);
    const change = async (action: () => Promise<unknown>): Promise<void> => {
      await action();
      const now = await identity();
      expect(seen).not.toContain(now);
      seen.push(now);
    };
    await change(() => utimes(one, 1, 1));
    await change(() => writeFile(one, armor(carol)));
    await change(() => workspace.write('folder/two.asc', armor(bob)));
    await change(() => workspace.write('home/.gnupg/trustdb.gpg', trustDatabase([])));
    await change(() => workspace.write('folder/ownertrust.txt', ''));
    await change(() => writeFile(workspace.path('home/.gnupg/pubring.kbx'), keybox([carol.bytes])));
  });

  it('differs once the default keyring exists', async ({ workspace }) => {
    const before = (await workspace.open()).identity;
    await mkdir(workspace.path('home/.gnupg'), { recursive: true });
    await workspace.write('home/.gnupg/pubring.kbx', keybox([bob.bytes]));
    expect((await workspace.open()).identity).not.toBe(before);
  });
});

describe('10,000 keys, and a signature by one of them', () => {
  const signer = forgeKey('ed25519', keyDate.getTime());
  const content = Buffer.from('a jar');
  const signature = packetOf.signature(forgeSignature(signer, content, { type: 0, createdAtMs: signDate.getTime() }));
  const all = [...Array.from({ length: 9_999 }, (_, index) => fakeCertificate(`key ${index}`)), certificateFor(signer)];

  it.for([
    ['a binary file', async (workspace: Workspace) => workspace.write('many.pgp', Buffer.concat(all.map(({ bytes }) => bytes)))],
    ['an armored file', async (workspace: Workspace) => workspace.write('many.asc', armor(...all))],
    ['a keybox', async (workspace: Workspace) => workspace.write('pubring.kbx', keybox(all.map(({ bytes }) => bytes)))],
  ] as const)('%s', async ([_, write], { workspace }) => {
    const source = await workspace.open([await write(workspace)]);
    const check = (bytes: Buffer) =>
      checkSignatures(documentOf(bytes), signature, (id) => source.find(id), { atMs: nowMs, weak: { policy: 'fail' } });
    expect((await check(content)).findings).toMatchObject([{ status: 'good', fingerprint: signer.fingerprint }]);
    expect((await check(Buffer.from('another jar'))).findings).toMatchObject([{ status: 'bad' }]);
  });
});
