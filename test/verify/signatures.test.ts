/** Signatures of files of the local repository, looked at again. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import { beforeAll, expect } from 'vitest';

import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { contentOf, coordinate, errorOf, greeter, jar, pom } from '../support/workbench.js';
import { it, short, type VerifyBench } from './bench.js';

const files = greeter();
let publicKey = '';
let fingerprint = '';
let signed: Map<string, Buffer>;
beforeAll(async () => {
  const made = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ name: 'Ada' }], format: 'armored' });
  const key = await readPrivateKey({ armoredKey: made.privateKey });
  publicKey = made.publicKey;
  fingerprint = key.getFingerprint().toUpperCase();
  signed = new Map(files);
  for (const path of [jar, pom]) {
    const asc: unknown = await sign({
      message: await createMessage({ binary: new Uint8Array(contentOf(files, path)) }),
      signingKeys: key,
      detached: true,
      format: 'armored',
    });
    signed.set(`${path}.asc`, Buffer.from(String(asc)));
  }
});

async function trust(bench: VerifyBench, signatures: 'require' | 'if-present'): Promise<ClientOptions> {
  const ring = join(bench.folder, 'ring.asc');
  await writeFile(ring, publicKey);
  return { trust: { signatures, model: 'keyring', keyrings: [ring] } };
}

it('asks the repository for signatures, writes nothing and records no signer', async ({ bench }) => {
  const server = await bench.secure(signed);
  for (const path of [jar, pom]) await bench.write(path, contentOf(files, path));
  const report = await bench.verify([coordinate], bench.options([['c', server]], await trust(bench, 'require')));
  expect(short(report)).toEqual(['greeter-1.0.0.jar ok signed', 'greeter-1.0.0.pom ok signed']);
  expect(report.files[0]).toMatchObject({
    verification: { proofs: [`signed:${fingerprint}`, 'origin:sha1', 'local'], signature: { status: 'good', fingerprint, userId: 'Ada' } },
  });
  expect(report.files[0]?.why).toContain('Ada');
  expect(server.count(/\.asc$/)).toBe(2);
  expect(await bench.placed()).toEqual([jar, pom]);
  expect((await readdir(bench.folder)).filter((name) => name === 'state')).toEqual([]);
});

it('uses the signature next to the file, also offline; one over other bytes fails the file', async ({ bench }) => {
  for (const path of [jar, pom, `${jar}.asc`, `${pom}.asc`]) await bench.write(path, contentOf(signed, path));
  const offline = { ...(await trust(bench, 'require')), offline: true };
  expect(short(await bench.verify([coordinate], bench.options([], offline)))).toEqual([
    'greeter-1.0.0.jar ok signed',
    'greeter-1.0.0.pom ok signed',
  ]);
  await bench.write(`${jar}.asc`, contentOf(signed, `${pom}.asc`));
  const {
    files: [one],
  } = await bench.verify([coordinate], bench.options([], offline));
  expect(one).toMatchObject({
    status: 'failed',
    verification: { level: 'none', signature: { status: 'bad' } },
    error: { code: 'ERR_SIGNATURE', reason: 'bad' },
  });
});

it('warns about an unsigned file under if-present, and fails it under require', async ({ bench }) => {
  const server = await bench.secure(files);
  for (const path of [jar, pom]) await bench.write(path, contentOf(files, path));
  const warned = await bench.verify([coordinate], bench.options([['c', server]], await trust(bench, 'if-present')));
  expect(warned.files[0]).toMatchObject({ status: 'warning', verification: { level: 'origin', signature: { status: 'missing' } } });
  expect(warned.files[0]?.warnings).toHaveLength(1);
  const failed = await bench.verify([coordinate], bench.options([['c', server]], await trust(bench, 'require')));
  expect(failed.files[0]).toMatchObject({ status: 'failed', error: { code: 'ERR_SIGNATURE', reason: 'missing' } });
});

it.runIf(process.platform !== 'win32')('a device is not accepted as a file', async ({ bench }) => {
  expect(await errorOf(bench.verify(['/dev/zero'], bench.options([])))).toMatchObject({
    code: 'ERR_CONFIG',
    message: 'cannot verify /dev/zero: it is a device or a pipe, not a file',
  });
});

it('fails only the file that times out', async ({ bench }) => {
  const server = await bench.secure(files, { fault: { fault: 'hang', match: /\.jar\.sha1$/ } });
  for (const path of [jar, pom]) await bench.write(path, contentOf(files, path));
  const report = await bench.verify([coordinate], bench.options([['c', server]], { timeoutMs: 2_000 }));
  expect(report.files.map(({ status, error }) => [status, error?.code, error?.reason])).toEqual([
    ['failed', 'ERR_UNREACHABLE', 'timeout'],
    ['ok', undefined, undefined],
  ]);
});
