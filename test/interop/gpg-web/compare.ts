/** One web, judged by gpg and by this package, at every time that it names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openKeyrings } from '../../../src/local/keyring/open-keyrings.js';
import type { CertificateSource, Ownertrust } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { createCertificateReader } from '../../../src/proof/openpgp/certificate/read-certificate.js';
import { documentOf } from '../../../src/proof/openpgp/packet/document.js';
import { indexKeys } from '../../../src/proof/openpgp/packet/key-index.js';
import { checkSignatures } from '../../../src/proof/openpgp/signature/signatures.js';
import type { KeyValidity, Validity } from '../../../src/proof/openpgp/web-of-trust/validity.js';
import { createWebOfTrust, type WebOfTrust } from '../../../src/proof/openpgp/web-of-trust/web-of-trust.js';
import { agreesWithGpg } from '../gpg-home.js';
import { createGpgHome, type GpgHome, type GpgKey } from './gpg.js';
import { closeMade, makeWebByGpg, signByGpg } from './made-by-gpg.js';
import { documentSignatures, ownertrustText, writeWeb, type WrittenWeb } from './ring.js';
import type { Web } from './web.js';

const document = Buffer.from('The document.\n');

export interface Comparison {
  /** Keys, user IDs, ownertrusts and signatures that were compared. */
  readonly compared: number;
  /** One line each: the subject, gpg's answer, and this package's. */
  readonly disagreements: readonly string[];
  /** How often gpg gave each answer: `uid f`, `TRUST_FULLY`, … */
  readonly seen: ReadonlyMap<string, number>;
}

/** Certificates in memory, as a keyring would give them. */
export function createMemorySource(
  certificates: readonly { readonly fingerprint: string; readonly bytes: Uint8Array }[],
  ownertrust: ReadonlyMap<string, Ownertrust>,
): CertificateSource {
  const all = certificates.map(({ bytes }) => ({ bytes, source: 'memory' }));
  // By primary keys and subkeys.
  const names = certificates.map(
    ({ bytes }) => new Set(indexKeys(bytes).flatMap(({ fingerprints, keyIds }) => [...fingerprints, ...keyIds])),
  );
  return {
    identity: 'memory',
    find: (id) => Promise.resolve(all.filter((_, index) => names[index]?.has(id) === true)),
    async *all() {
      for (const certificate of all) yield await Promise.resolve(certificate);
    },
    ownertrust: () => Promise.resolve(ownertrust),
  };
}

export function sourceOf(web: Web, written: WrittenWeb): CertificateSource {
  const certificates = written.certificates.map(({ index, bytes }) => ({ fingerprint: written.keys[index]?.fingerprint ?? '', bytes }));
  const ownertrust = new Map(web.keys.map(({ ownertrust: trust }, index) => [written.keys[index]?.fingerprint ?? '', trust]));
  return createMemorySource(certificates, ownertrust);
}

export const letters: Readonly<Record<Validity | Ownertrust | 'invalid', string>> = {
  invalid: 'i',
  ultimate: 'u',
  full: 'f',
  marginal: 'm',
  undefined: 'q',
  unknown: '-',
  expired: 'e',
  revoked: 'r',
  never: 'n',
};
const trustWords: Partial<Readonly<Record<Validity | 'invalid', string>>> = {
  ultimate: 'ULTIMATE',
  full: 'FULLY',
  marginal: 'MARGINAL',
  undefined: 'UNDEFINED',
  unknown: 'UNDEFINED',
};

/** Lines for every key and user ID on which the two differ. */
export function compareKeys(theirs: readonly GpgKey[], ours: readonly (KeyValidity | null)[], what: string): readonly string[] {
  const byFingerprint = new Map(ours.map((key) => [key?.fingerprint, key]));
  return theirs.flatMap((key) => {
    const mine = byFingerprint.get(key.fingerprint);
    if (mine === undefined || mine === null) return [`${what} ${key.fingerprint}: gpg has it, we do not`];
    const lines: string[] = [];
    if (key.letter !== letters[mine.key]) lines.push(`${what} pub ${key.fingerprint}: gpg ${key.letter}, we ${letters[mine.key]}`);
    if (key.ownertrust !== letters[mine.ownertrust])
      lines.push(`${what} ownertrust ${key.fingerprint}: gpg ${key.ownertrust}, we ${letters[mine.ownertrust]}`);
    for (const { letter, text } of key.userIds) {
      const validity = mine.userIds.find((userId) => userId.text === text)?.validity;
      const letterOfOurs = validity === undefined ? 'none' : letters[validity];
      if (letter !== letterOfOurs) lines.push(`${what} uid ${key.fingerprint} '${text}': gpg ${letter}, we ${letterOfOurs}`);
    }
    return lines;
  });
}

/** Each signature by itself: its verdict and, if it is good, how far its key is trusted. */
async function compareSignatures(
  home: GpgHome,
  web: WebOfTrust,
  source: CertificateSource,
  signatures: readonly Uint8Array[],
  at: number,
  what: string,
  count: (name: string) => void,
): Promise<readonly string[]> {
  const lines: string[] = [];
  // One call for all: starting gpg takes as long as checking a hundred.
  const theirs = home.verify(at, Buffer.concat(signatures), document);
  if (theirs.length !== signatures.length) return [`${what}: gpg speaks of ${theirs.length} of ${signatures.length} signatures`];
  const find: CertificateSource['find'] = (id) => source.find(id);
  for (const [index, signature] of signatures.entries()) {
    const { keyId = '', status = '', trust = null } = theirs[index] ?? {};
    count(`${status} ${trust ?? '-'}`);
    const [finding] = (await checkSignatures(documentOf(document), signature, find, { atMs: at * 1000, weak: { policy: 'accept' } }))
      .findings;
    if (finding === undefined || !agreesWithGpg(status, finding))
      lines.push(
        `${what} signature by ${keyId}: gpg ${status}, we ${finding?.status ?? 'nothing'}: ${finding?.sentence ?? ''} ${finding?.notes.join('; ') ?? ''}`,
      );
    if (status !== 'GOODSIG' || finding?.fingerprint === undefined || finding.fingerprint === null) continue;
    const ours = await web.validity(finding.fingerprint);
    const word = ours === null ? 'none' : (trustWords[ours.key] ?? ours.key);
    if (word !== trust) lines.push(`${what} signature by ${keyId}: gpg TRUST_${trust ?? '-'}, we ${word}`);
  }
  return lines;
}

/** A web made by gpg alone, read from its own keybox and trust database, with a signature by each key that gpg allows to sign. */
export async function compareMadeWeb(seed: number, size: { readonly keys: number; readonly acts: number }): Promise<Comparison> {
  const home = createGpgHome([], { agent: true });
  const disagreements: string[] = [];
  const seen = new Map<string, number>();
  const count = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1);
  try {
    const { fingerprints, endsAt, log } = await makeWebByGpg(home, seed, size);
    const signatures = fingerprints.flatMap((fingerprint) => signByGpg(home, fingerprint, endsAt - 60, document) ?? []);
    for (const at of [endsAt, endsAt + 300 * 86_400]) {
      const what = `web ${seed} made by gpg, at ${at}`;
      const theirs = home.list(at);
      for (const { letter } of theirs) count(`pub ${letter}`);
      const source = await openKeyrings({ keyrings: [home.folder], keyStoreFolder: home.folder, env: {}, homeFolder: home.folder });
      const web = createWebOfTrust({
        source,
        readCertificate: createCertificateReader(at * 1000, (id) => source.find(id)),
        atMs: at * 1000,
      });
      const lines = [
        ...compareKeys(theirs, await Promise.all(theirs.map(({ fingerprint }) => web.validity(fingerprint))), what),
        ...(await compareSignatures(home, web, source, signatures, at, what, count)),
      ];
      if (lines.length > 0) disagreements.push(...lines, ...log);
    }
  } finally {
    closeMade(home);
  }
  return { compared: total(seen), disagreements, seen };
}

const total = (seen: ReadonlyMap<string, number>): number => [...seen.values()].reduce((sum, number) => sum + number, 0);

export async function compareWeb(web: Web): Promise<Comparison> {
  const written = writeWeb(web);
  const { completes, marginals, depth } = web.limits;
  const home = createGpgHome([
    ...(completes === undefined ? [] : ['--completes-needed', String(completes)]),
    ...(marginals === undefined ? [] : ['--marginals-needed', String(marginals)]),
    ...(depth === undefined ? [] : ['--max-cert-depth', String(depth)]),
  ]);
  const disagreements: string[] = [];
  const seen = new Map<string, number>();
  const count = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1);
  try {
    const ring = join(home.folder, 'ring.pgp');
    writeFileSync(ring, Buffer.concat(written.certificates.map(({ bytes }) => bytes)));
    home.run(Math.max(...web.at), ['--import-options', 'import-local-sigs', '--import', ring]);
    home.run(Math.max(...web.at), ['--import-ownertrust'], ownertrustText(web, written));
    for (const at of web.at) {
      const source = sourceOf(web, written);
      const readCertificate = createCertificateReader(at * 1000, (id) => source.find(id));
      const trust = createWebOfTrust({ source, readCertificate, atMs: at * 1000, ...web.limits });
      const theirs = home.list(at);
      for (const { letter, userIds } of theirs) {
        count(`pub ${letter}`);
        for (const userId of userIds) count(`uid ${userId.letter}`);
      }
      const what = `web ${web.seed} at ${at}`;
      // Singly, not by `all`: certificates that are not read must not matter.
      disagreements.push(...compareKeys(theirs, await Promise.all(theirs.map(({ fingerprint }) => trust.validity(fingerprint))), what));
      disagreements.push(...compareKeys(theirs, await trust.all(), `${what}, all`));
      disagreements.push(...(await compareSignatures(home, trust, source, documentSignatures(written, document, at - 5), at, what, count)));
    }
  } finally {
    home.close();
  }
  return { compared: total(seen), disagreements, seen };
}
