/** Keys, a web of trust and signatures of the real gpg, with the whole client and command on top of them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';

import { publish } from '../artifact/signatures/bench.js';
import { runCli } from '../support/processes.js';
import { contentOf, coordinate, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';
import { createGpgHome, type GpgHome } from './gpg-home.js';
import { missingPrograms, skipUnlessThere } from './programs.js';

const missing = missingPrograms(['gpg', 'gpgconf']);
const files = greeter();
const dayOf = (before: number): string => new Date(Date.now() - before * 86_400_000).toISOString().slice(0, 10);
const [made, today] = [dayOf(30), dayOf(1)];

const homes: GpgHome[] = [];
let user: GpgHome;
let author: GpgHome;
let me: string;
let signer: string;
let served: Map<string, Buffer>;
beforeAll(async () => {
  if (missing.length > 0) return;
  [user, author] = [await createGpgHome(), await createGpgHome()];
  homes.push(user, author);
  me = await user.makeKey(made, 'me', 'ed25519', 'cert,sign');
  signer = await author.makeKey(made, 'author', 'rsa3072', 'cert,sign');
});
afterAll(async () => {
  for (const home of homes) await home.close();
});
beforeEach(async () => {
  served = new Map(files);
});

const give = async (bench: Workbench, from: GpgHome, to: GpgHome): Promise<void> => {
  const file = join(bench.folder, 'key');
  await writeFile(file, await from.export());
  await to.must(today, ['--import', file]);
};

async function signWith(home: GpgHome, key: string, content: Uint8Array): Promise<Buffer> {
  const signature = await home.sign(made, key, content, ['--armor']);
  if (signature === null) throw new Error('gpg does not sign');
  return Buffer.from(signature);
}

async function resolve(
  bench: Workbench,
  mode: 'if-present' | 'require' = 'require',
): ReturnType<ReturnType<Workbench['client']>['resolveArtifact']> {
  const server = await bench.serve(served);
  // The default model: the web of trust of the GnuPG home, from its own keybox and trust database.
  return bench
    .client({ trust: { signatures: mode, keyrings: [user.folder] }, repositories: [{ id: 'r', url: server.url }] })
    .resolveArtifact(coordinate);
}

describe("the client with gpg's own home", () => {
  it('goes from unknown to untrusted to signed to revoked, as the user and the author act', async ({ bench, skip }) => {
    skipUnlessThere({ skip }, missing);
    for (const path of [jar, pom]) served.set(`${path}.asc`, await signWith(author, signer, contentOf(files, path)));
    expect(await errorOf(resolve(bench))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'unknown-key' });
    await give(bench, author, user);
    expect(await errorOf(resolve(bench))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'untrusted' });
    await user.must(today, ['--local-user', me, '--quick-sign-key', signer]);
    const found = await resolve(bench);
    expect(found.verification).toMatchObject({
      level: 'signed',
      signature: { status: 'good', fingerprint: signer, userId: 'author <author@example.org>' },
    });

    // A changed jar with right checksums is refused.
    const changed = new Map(served);
    publish(changed, jar, Buffer.from('another jar'));
    const folder = { localRepository: join(bench.folder, 'other'), stateFolder: join(bench.folder, 'other-state') };
    const server = await bench.serve(changed);
    expect(
      await errorOf(
        bench
          .client({ ...folder, trust: { signatures: 'require', keyrings: [user.folder] }, repositories: [{ id: 'r', url: server.url }] })
          .resolveArtifact(coordinate),
      ),
    ).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'bad' });

    // The author declares the key stolen: what was good no longer is.
    const certificate = await author.must(today, ['--no-batch', '--gen-revoke', signer], ['y', '1', '', 'y']).catch(() => null);
    const revocation = join(bench.folder, 'revocation');
    await writeFile(revocation, certificate?.stdout ?? '');
    await user.must(today, ['--import', revocation]);
    expect(await errorOf(resolve(bench))).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'revoked' });
  });
});

describe('the command on files that gpg signed', () => {
  it('verify FILE: good by a key that gpg trusts, bad if a byte was changed', async ({ bench, skip }) => {
    skipUnlessThere({ skip }, missing);
    const folder = join(bench.folder, 'downloads');
    await mkdir(folder);
    const file = join(folder, 'lib.jar');
    const content = contentOf(files, jar);
    await writeFile(file, content);
    await writeFile(`${file}.asc`, await signWith(user, me, content));
    const run = () => runCli(['verify', file, '--keyring', user.folder, '--json'], { home: bench.folder });
    const good = await run();
    expect(good.code, good.stderr).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({
      files: [{ path: file, status: 'ok', verification: { level: 'signed', signature: { status: 'good', fingerprint: me } } }],
    });
    const changed = Buffer.from(content);
    changed[7]! ^= 1;
    await writeFile(file, changed);
    const bad = await run();
    expect(bad.code).not.toBe(0);
    expect(JSON.parse(bad.stdout)).toMatchObject({ files: [{ status: 'failed', error: { code: 'ERR_SIGNATURE', reason: 'bad' } }] });
  });
});
