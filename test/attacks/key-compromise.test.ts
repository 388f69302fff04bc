/** Key compromise: an attacker has the key that the user trusts, and the author has revoked it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { coordinate, errorOf, greeter } from '../support/workbench.js';
import { type Files, it } from './stage.js';

const hourMs = 3_600_000;
const made = new Date(Date.now() - 1000 * hourMs);
const signedAt = new Date(Date.now() - 500 * hourMs);

/** A key, its revocation, and its signature on every jar and POM. */
async function author(
  files: Files,
  flag: 'keyCompromised' | 'keySuperseded',
): Promise<{ readonly valid: string; readonly revoked: string; readonly signed: Files }> {
  const { generateKey, createMessage, sign, revokeKey, enums } = await import('openpgp');
  const { privateKey, publicKey } = await generateKey({
    userIDs: [{ name: 'Ada', email: 'ada@example.org' }],
    format: 'object',
    date: made,
  });
  const signed = new Map(files);
  for (const [path, binary] of files) {
    if (!/\.(?:jar|pom)$/.test(path)) continue;
    const signature: unknown = await sign({
      message: await createMessage({ binary }),
      signingKeys: privateKey,
      detached: true,
      format: 'armored',
      date: signedAt,
    });
    if (typeof signature !== 'string') throw new TypeError('an armored signature is text');
    signed.set(`${path}.asc`, Buffer.from(signature));
  }
  const { publicKey: revoked } = await revokeKey({
    key: privateKey,
    reasonForRevocation: { flag: enums.reasonForRevocation[flag], string: 'stolen' },
    format: 'object',
  });
  return { valid: publicKey.armor(), revoked: revoked.armor(), signed };
}

const trust = (keyring: string) => ({ signatures: 'require', model: 'keyring', keyrings: [keyring] }) as const;

describe('a compromised key', () => {
  it('loses all its signatures: new ones, old ones, and those already verified', async ({ stage }) => {
    const { valid, revoked, signed } = await author(greeter(), 'keyCompromised');
    const server = await stage.secure(signed);
    const keyring = join(stage.folder, 'keys.asc');
    await writeFile(keyring, valid);
    const open = () => stage.against(server.url, [], { trust: trust(keyring) });
    expect((await open().resolveArtifact(coordinate)).verification).toMatchObject({ level: 'signed', signature: { status: 'good' } });
    await writeFile(keyring, revoked);
    // The local repository has the file, and the verification cache remembers it as good under the other keyring.
    expect(await errorOf(open().resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'revoked' });
    expect(await errorOf(open().resolveArtifact('org.example:greeter:1.1.0'))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'revoked' });
    expect((await stage.placed()).filter((name) => name.includes('1.1.0') && name.endsWith('.jar'))).toEqual([]);
  });

  it('loses them under if-present, too', async ({ stage }) => {
    const { revoked, signed } = await author(greeter(), 'keyCompromised');
    const server = await stage.secure(signed);
    const keyring = join(stage.folder, 'keys.asc');
    await writeFile(keyring, revoked);
    const client = stage.against(server.url, [], { trust: { ...trust(keyring), signatures: 'if-present' } });
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'revoked' });
  });

  it('is found revoked in whichever keyring has the revocation', async ({ stage }) => {
    const { valid, revoked, signed } = await author(greeter(), 'keyCompromised');
    const server = await stage.secure(signed);
    const [one, two] = [join(stage.folder, 'one.asc'), join(stage.folder, 'two.asc')];
    await writeFile(one, valid);
    await writeFile(two, revoked);
    for (const keyrings of [
      [one, two],
      [two, one],
    ]) {
      const client = stage.against(server.url, [], { trust: { ...trust(one), keyrings } });
      expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'revoked' });
    }
  });

  it('that was only superseded keeps its earlier signatures', async ({ stage }) => {
    const { revoked, signed } = await author(greeter(), 'keySuperseded');
    const server = await stage.secure(signed);
    const keyring = join(stage.folder, 'keys.asc');
    await writeFile(keyring, revoked);
    expect((await stage.against(server.url, [], { trust: trust(keyring) }).resolveArtifact(coordinate)).verification).toMatchObject({
      level: 'signed',
    });
  });
});
