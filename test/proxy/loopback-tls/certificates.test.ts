/** The proxy's certificates: who accepts them, for which names, and when they are renewed. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';

import { describe, expect, it, onTestFinished } from 'vitest';

import { certificateFolder, openCertificates } from '../../../src/app/loopback-tls/certificate-folder.js';
import { issueCertificates, type LoopbackCertificates } from '../../../src/app/loopback-tls/issue.js';
import { listen } from '../../support/listening.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const dayMs = 86_400_000;

/** Connects by this name and returns the error; null if the client accepts the certificate. */
async function tryConnect({ chain, key, root }: LoopbackCertificates, servername: string): Promise<string | null> {
  const listening = await listen(createServer({ cert: chain, key }, (_request, response) => response.end()));
  onTestFinished(() => listening.close());
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: listening.port, servername, ca: root, ALPNProtocols: ['http/1.1'] }, () => {
      socket.destroy();
      resolve(null);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.message));
  });
}

describe('issueCertificates', () => {
  it('issues a leaf for localhost that clients accept with the root', async () => {
    expect(await tryConnect(await issueCertificates(Date.now()), 'localhost')).toBeNull();
  });

  it('issues a leaf for the addresses of loopback', async () => {
    const { chain } = await issueCertificates(Date.now());
    const leaf = new X509Certificate(chain);
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkIP('::1')).toBe('::1');
    expect(leaf.checkHost('repo.clojars.org')).toBeUndefined();
  });

  it('makes an authority whose leaf for another name is refused', async () => {
    const foreign = await issueCertificates(Date.now(), { dns: 'repo.clojars.org', addresses: [] });
    expect(await tryConnect(foreign, 'repo.clojars.org')).toBe('permitted subtree violation');
  });

  it('makes an authority whose leaf for another address is refused', async () => {
    const foreign = await issueCertificates(Date.now(), { dns: 'localhost', addresses: ['10.0.0.1'] });
    expect(await tryConnect(foreign, 'localhost')).toBe('permitted subtree violation');
  });

  it('gives each root a name of its own, so that a truststore can hold two', async () => {
    const [one, other] = await Promise.all([issueCertificates(Date.now()), issueCertificates(Date.now())]);
    expect(new X509Certificate(one.root).subject).not.toBe(new X509Certificate(other.root).subject);
  });
});

describe('openCertificates', () => {
  it('keeps them, with a key that only the user can read', async () => {
    const folder = certificateFolder(await temporaryFolder());
    const first = await openCertificates(folder, Date.now());
    const second = await openCertificates(folder, Date.now());
    expect(first.isNew).toBe(true);
    expect(second).toEqual({ ...first, isNew: false });
    expect(statSync(join(folder, 'key.pem')).mode & 0o777).toBe(0o600);
    expect(readFileSync(first.rootFile, 'latin1')).toBe(first.root);
  });

  it('issues one set if several proxies start at once', async () => {
    const folder = certificateFolder(await temporaryFolder());
    const opened = await Promise.all([1, 2, 3].map(() => openCertificates(folder, Date.now())));
    expect(opened.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(opened.map(({ chain, root }) => chain + root)).size).toBe(1);
  });

  it.each([
    ['end soon', 370],
    ['have ended', 500],
    ['are not valid yet', -30],
  ])('issues new ones if they %s', async (_when, days) => {
    const folder = certificateFolder(await temporaryFolder());
    const first = await openCertificates(folder, Date.now());
    const second = await openCertificates(folder, Date.now() + days * dayMs);
    expect(second.isNew).toBe(true);
    expect(second.root).not.toBe(first.root);
  });

  it.each(['root', 'chain', 'key'])('issues new ones if the file of the %s is damaged', async (name) => {
    const folder = certificateFolder(await temporaryFolder());
    const first = await openCertificates(folder, Date.now());
    writeFileSync(join(folder, `${name}.pem`), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const second = await openCertificates(folder, Date.now());
    expect(second.isNew).toBe(true);
    expect(second.chain).not.toBe(first.chain);
  });

  it('issues new ones if the key is that of another leaf', async () => {
    const folder = certificateFolder(await temporaryFolder());
    await openCertificates(folder, Date.now());
    writeFileSync(join(folder, 'key.pem'), (await issueCertificates(Date.now())).key);
    expect((await openCertificates(folder, Date.now())).isNew).toBe(true);
  });
});
