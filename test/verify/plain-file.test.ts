/** Files outside any local repository, verified by the signature next to them and by the user's own lists of checksums. */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createMessage, generateKey, type PrivateKey, readPrivateKey, sign } from 'openpgp';
import { beforeAll, describe, expect } from 'vitest';

import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { digest, errorOf } from '../support/workbench.js';
import { it, type VerifyBench } from './bench.js';

const content = Buffer.from('what is signed'.repeat(1000));

interface Signer {
  readonly key: PrivateKey;
  readonly publicKey: string;
  readonly fingerprint: string;
}
let ada: Signer;
let eve: Signer;
beforeAll(async () => {
  const make = async (name: string): Promise<Signer> => {
    const { privateKey, publicKey } = await generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name, email: `${name.toLowerCase()}@example.org` }],
      format: 'armored',
    });
    const key = await readPrivateKey({ armoredKey: privateKey });
    return { key, publicKey, fingerprint: key.getFingerprint().toUpperCase() };
  };
  ada = await make('Ada');
  eve = await make('Eve');
});

async function signature({ key }: Signer, bytes: Buffer): Promise<string> {
  return String(
    await sign({ message: await createMessage({ binary: new Uint8Array(bytes) }), signingKeys: key, detached: true, format: 'armored' }),
  );
}

/** `lib.jar` in a folder of its own, and Ada's key as the only one that counts. */
async function stage(bench: VerifyBench, asc: string | null, bytes = content): Promise<{ file: string; options: ClientOptions }> {
  const folder = join(bench.folder, 'downloads');
  await mkdir(folder, { recursive: true });
  const [file, ring] = [join(folder, 'lib.jar'), join(folder, 'ring.asc')];
  await writeFile(file, bytes);
  if (asc !== null) await writeFile(`${file}.asc`, asc);
  await writeFile(ring, ada.publicKey);
  return { file, options: bench.options([], { trust: { model: 'keyring', keyrings: [ring] } }) };
}

describe('an SSH signature', () => {
  const ssh = '-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n';

  it.for([
    ['armored', ssh],
    ['binary', 'SSHSIG\u0000\u0000\u0000\u0001'],
  ] as const)('%s, is never called malformed: it is not supported yet', async ([_form, text], { bench }) => {
    const { file, options } = await stage(bench, null);
    await writeFile(`${file}.sig`, text);
    const [one] = (await bench.verify([file], options)).files;
    expect(one).toMatchObject({ status: 'failed', error: { code: 'ERR_SIGNATURE', reason: 'missing' } });
    expect(one?.error?.message).toContain('lib.jar.sig is an SSH signature, which is not supported yet');
  });

  it('does not hide a good OpenPGP signature', async ({ bench }) => {
    const { file, options } = await stage(bench, ssh);
    await writeFile(`${file}.sig`, await signature(ada, content));
    const [one] = (await bench.verify([file], options)).files;
    expect(one).toMatchObject({ status: 'warning', verification: { level: 'signed' } });
    expect(one?.warnings).toEqual([expect.stringContaining('lib.jar.asc is an SSH signature, which is not supported yet')]);
  });
});

describe('the signature next to it', () => {
  it('proves the file as signed if it is good and its key counts', async ({ bench }) => {
    const { file, options } = await stage(bench, await signature(ada, content));
    const {
      files: [one],
    } = await bench.verify([file], options);
    expect(one).toMatchObject({
      path: file,
      coordinate: null,
      repository: null,
      size: content.length,
      sha256: digest('sha256', content),
      status: 'ok',
      verification: {
        level: 'signed',
        proofs: [`signed:${ada.fingerprint}`],
        signature: { status: 'good', fingerprint: ada.fingerprint, userId: 'Ada <ada@example.org>' },
      },
      warnings: [],
      error: null,
    });
    expect(one?.why).toContain('Ada <ada@example.org>');
  });

  it('may end in .sig, as gpg --detach-sign names it', async ({ bench }) => {
    const { file, options } = await stage(bench, null);
    await writeFile(`${file}.sig`, await signature(ada, content));
    for (const target of [file, `${file}.sig`])
      expect((await bench.verify([target], options)).files[0]).toMatchObject({
        path: file,
        status: 'ok',
        verification: { level: 'signed' },
      });
    await writeFile(`${file}.sig`, await signature(ada, Buffer.from('other')));
    expect((await bench.verify([file], options)).files[0]).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_SIGNATURE', reason: 'bad' },
    });
  });

  it('is also found by its own name, as with gpg --verify', async ({ bench }) => {
    const { file, options } = await stage(bench, await signature(ada, content));
    expect((await bench.verify([`${file}.asc`], options)).files[0]).toMatchObject({ path: file, status: 'ok' });
  });

  it.for([
    ['another file was signed', (): Promise<string> => signature(ada, Buffer.from('another')), 'bad'],
    ['by a key that nobody has', (): Promise<string> => signature(eve, content), 'unknown-key'],
    ['no signature at all', () => Promise.resolve('not a signature'), 'malformed'],
    ['empty', () => Promise.resolve(''), 'malformed'],
  ] as const)('%s: it fails, and says what to do', async ([_name, make, reason], { bench }) => {
    const { file, options } = await stage(bench, await make());
    const {
      files: [one],
    } = await bench.verify([file], options);
    expect(one).toMatchObject({ status: 'failed', verification: { level: 'none', proofs: [] }, error: { code: 'ERR_SIGNATURE', reason } });
    expect(one?.error?.hint).toBeTruthy();
    expect(one?.why).toContain(file);
  });

  it('uses the signature of the same name in a folder of many files', async ({ bench }) => {
    const { file, options } = await stage(bench, null);
    const asc = await signature(ada, content);
    const files = Array.from({ length: 60 }, (_, index) => `${file}-${index}.jar`);
    for (const [index, one] of files.entries()) {
      await writeFile(one, content);
      if (index !== 50) await writeFile(`${one}.asc`, asc);
      if (index % 2 === 0) await writeFile(`${one}.sha1`, digest('sha1', index === 52 ? Buffer.from('another') : content));
    }
    const report = await bench.verify(files, options);
    const failed = report.files.flatMap(({ error }, index) => (error === null ? [] : [[index, error.code, error.reason]]));
    expect(failed).toEqual([
      [50, 'ERR_SIGNATURE', 'missing'],
      [52, 'ERR_CHECKSUM', 'mismatch'],
    ]);
  });

  it('fails a file with a flipped bit', async ({ bench }) => {
    const changed = Buffer.from(content);
    changed[7_000] = (changed[7_000] ?? 0) ^ 1;
    const { file, options } = await stage(bench, await signature(ada, content), changed);
    expect((await bench.verify([file], options)).files[0]).toMatchObject({ status: 'failed', error: { reason: 'bad' } });
  });

  it('refuses a signature that is too large', async ({ bench }) => {
    const { file, options } = await stage(bench, 'x'.repeat(100_000));
    expect((await bench.verify([file], options)).files[0]).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_SIGNATURE', reason: 'malformed' },
    });
  });
});

describe('a pipe next to it', () => {
  it.for(['asc', 'sig', 'sha1'])('named .%s is not read, and never waited for', async (extension, { bench }) => {
    const { file, options } = await stage(bench, extension === 'asc' ? null : await signature(ada, content));
    execFileSync('mkfifo', [`${file}.${extension}`]);
    const [one] = (await bench.verify([file], options)).files;
    expect(one).toMatchObject(
      extension === 'asc' ? { status: 'failed', error: { code: 'ERR_SIGNATURE', reason: 'missing' } } : { status: 'ok' },
    );
  });
});

describe('without one', () => {
  it('fails the file, since nothing can check it', async ({ bench }) => {
    const { file, options } = await stage(bench, null);
    const {
      files: [one],
    } = await bench.verify([file], options);
    expect(one).toMatchObject({ status: 'failed', error: { code: 'ERR_SIGNATURE', reason: 'missing' } });
    expect(one?.error?.message).toContain('lib.jar.asc is missing');
    expect(one?.error?.hint).toContain('--trusted-checksums');
  });

  it('a checksum file next to it shows damage, but proves nothing', async ({ bench }) => {
    const { file, options } = await stage(bench, null);
    await writeFile(`${file}.sha256`, digest('sha256', content));
    expect((await bench.verify([file], options)).files[0]?.error?.hint).toContain(
      'The lib.jar.sha256 next to it matches, but shows only that the file is intact',
    );
    await writeFile(`${file}.sha256`, digest('sha256', Buffer.from('other')));
    expect((await bench.verify([file], options)).files[0]).toMatchObject({ error: { code: 'ERR_CHECKSUM', reason: 'mismatch' } });
  });

  it('a trusted-checksum file pins it by name', async ({ bench }) => {
    const { file, options } = await stage(bench, null);
    const sums = join(bench.folder, 'SHA256SUMS');
    await writeFile(sums, `${digest('sha256', content)}  lib.jar\n`);
    expect((await bench.verify([file], { ...options, trustedChecksums: [sums] })).files[0]).toMatchObject({
      status: 'ok',
      why: `pinned by ${sums}`,
      verification: { level: 'pinned', proofs: ['pinned:sha256'] },
    });
    await writeFile(sums, `${digest('sha256', Buffer.from('other'))}  lib.jar\n`);
    expect((await bench.verify([file], { ...options, trustedChecksums: [sums] })).files[0]).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_CHECKSUM', reason: 'mismatch' },
    });
  });

  it('accepts a pinned file signed by an unknown key, with a warning', async ({ bench }) => {
    const { file, options } = await stage(bench, await signature(eve, content));
    const sums = join(bench.folder, 'SHA256SUMS');
    await writeFile(sums, `${digest('sha256', content)}  lib.jar\n`);
    const {
      files: [one],
    } = await bench.verify([file], { ...options, trustedChecksums: [sums] });
    expect(one).toMatchObject({ status: 'warning', verification: { level: 'pinned', signature: { status: 'unknown-key' } } });
    expect(one?.warnings).toHaveLength(1);
  });
});

describe('mistakes', () => {
  it.for([
    ['lib.jra', /lib\.jra: the file does not exist/, /Did you mean 'lib\.jar'/],
    ['nowhere/lib.jar', /the folder .*nowhere does not exist/, /Check its name/],
    ['./', /cannot verify .*: it is a folder, not a file/, /--local-repo/],
  ] as const)('%s', async ([name, message, hint], { bench }) => {
    const { file, options } = await stage(bench, null);
    const error = await errorOf(bench.verify([join(file, '..', name) + (name.endsWith('/') ? '/' : '')], options));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', reason: 'unreadable' });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it('reports a signature without its file', async ({ bench }) => {
    const { file, options } = await stage(bench, 'x');
    await rm(file);
    const error = await errorOf(bench.verify([`${file}.asc`], options));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', hint: `The file would be ${file}.` });
    expect(error.message).toContain('is a signature, but the file that it belongs to is not next to it');
  });

  it('refuses text that is neither a file nor a coordinate', async ({ bench }) => {
    const error = await errorOf(bench.verify(['a b c d'], bench.options([])));
    expect(error.code).toBe('ERR_COORDINATE');
    expect(error.hint).toContain('No file has that name either.');
  });

  it('reports a missing keyring as a configuration error, not as a verdict on the file', async ({ bench }) => {
    const { file, options } = await stage(bench, await signature(ada, content));
    const error = await errorOf(bench.verify([file], { ...options, trust: { model: 'keyring', keyrings: [`${file}.no-such-ring`] } }));
    expect(error.code).toBe('ERR_CONFIG');
  });
});

it('judges a file of the local repository by its path, even through a link', async ({ bench }) => {
  const path = await bench.write('org/lib/1.0/lib-1.0.jar', content);
  await copyFile(path, join(bench.folder, 'lib-1.0.jar'));
  await symlink(path, join(bench.folder, 'link.jar'));
  const server = await bench.secure(new Map());
  const report = await bench.verify(
    [path, join(bench.folder, 'link.jar'), join(bench.folder, 'lib-1.0.jar')],
    bench.options([['c', server]]),
  );
  expect(report.files.map(({ coordinate, status }) => [coordinate, status])).toEqual([
    ['org:lib:1.0', 'warning'],
    ['org:lib:1.0', 'warning'],
    [null, 'failed'],
  ]);
});
