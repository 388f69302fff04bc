/** Keeps the proxy's certificates in a folder, and renews all of them before they end. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';

import { localRepositoryError } from '../../base/disk/file-error.js';
import { createLocks, type Release, shortLockMs } from '../../base/disk/lock.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { readBounded } from '../../base/disk/read-bounded.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import type { LoopbackCertificates } from './issue.js';

/** The certificates, and where they are. */
export interface KeptCertificates {
  /** PEM: the leaf and the intermediate, as the server presents them. */
  readonly chain: string;
  /** PEM: the leaf's private key. */
  readonly key: string;
  /** PEM: the root. */
  readonly root: string;
  /** Absolute file of the root, for tools that read PEM. */
  readonly rootFile: string;
  readonly notAfterMs: number;
  /** Whether they were issued just now: truststores that hold an earlier root must be updated. */
  readonly isNew: boolean;
}

const dayMs = 86_400_000;
/** Certificates that end sooner are replaced. */
const renewBeforeDays = 30;
const maxPemBytes = 64 * 1024;

/** Returns the certificates of the folder. Issues new ones if they are missing, damaged, not valid yet, or end within 30 days. */
export async function openCertificates(folder: string, nowMs: number): Promise<KeptCertificates> {
  return readCertificates(folder, nowMs) ?? (await issueOnce(folder, nowMs));
}

/** Issues certificates, unless another proxy did so in the meantime: two sets in one folder would be a chain of one and the root of the other. */
async function issueOnce(folder: string, nowMs: number): Promise<KeptCertificates> {
  const release = await lockFolder(folder);
  try {
    const kept = readCertificates(folder, nowMs);
    if (kept !== null) return kept;
    const { issueCertificates } = await import('./issue.js');
    const issued = await issueCertificates(nowMs);
    await writeCertificates(folder, issued);
    return { ...issued, rootFile: fileOf(folder, 'root'), isNew: true };
  } finally {
    await release();
  }
}

function lockFolder(folder: string): Promise<Release> {
  try {
    // The lock would create the folder with a laxer mode.
    makeFolders(folder, 0o700);
  } catch (error) {
    throw localRepositoryError(error, folder);
  }
  return createLocks(join(folder, '.locks')).lock('certificates', undefined, shortLockMs);
}

/** The folder of the certificates in the user's state folder. */
export function certificateFolder(stateFolder: string): string {
  return join(stateFolder, 'loopback-tls');
}

function fileOf(folder: string, name: 'root' | 'chain' | 'key'): string {
  return join(folder, `${name}.pem`);
}

function readCertificates(folder: string, nowMs: number): KeptCertificates | null {
  const [root, chain, key] = (['root', 'chain', 'key'] as const).map((name) => readText(fileOf(folder, name)));
  if (root == null || chain == null || key == null) return null;
  try {
    const [leaf, intermediate] = splitPem(chain).map((pem) => new X509Certificate(pem));
    const authority = new X509Certificate(root);
    if (leaf === undefined || intermediate === undefined || !leaf.checkPrivateKey(createPrivateKey(key))) return null;
    if (!leaf.verify(intermediate.publicKey) || !intermediate.verify(authority.publicKey)) return null;
    const ends = [leaf, intermediate, authority].map(({ validTo }) => Date.parse(validTo));
    const notAfterMs = Math.min(...ends);
    const isValid = Date.parse(leaf.validFrom) <= nowMs && notAfterMs - nowMs > renewBeforeDays * dayMs;
    return isValid ? { root, chain, key, rootFile: fileOf(folder, 'root'), notAfterMs, isNew: false } : null;
  } catch {
    return null; // damaged: new ones are issued
  }
}

function readText(file: string): string | null {
  try {
    return readBounded(file, maxPemBytes)?.toString('latin1') ?? null;
  } catch {
    return null;
  }
}

function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Writes the key first: if the chain of another key is next to it, all of them are issued again. */
async function writeCertificates(folder: string, { root, chain, key }: LoopbackCertificates): Promise<void> {
  try {
    await replaceFile(fileOf(folder, 'key'), key, { mode: 0o600, flush: true });
    await replaceFile(fileOf(folder, 'chain'), chain, { mode: 0o644, flush: true });
    await replaceFile(fileOf(folder, 'root'), root, { mode: 0o644, flush: true });
  } catch (error) {
    throw localRepositoryError(error, folder);
  }
}
