/**
 * Many damaged keys, signatures and documents: none may crash the parser or keep it busy, and none may make a signature good that was not
 * made by that key over those bytes.
 */
import { performance } from 'node:perf_hooks';

import type { CertificateBytes } from '../../src/proof/openpgp/certificate/certificate-source.js';
import { mergeCertificates } from '../../src/proof/openpgp/certificate/components.js';
import { type CertificateReader, createCertificateReader } from '../../src/proof/openpgp/certificate/read-certificate.js';
import { encodeArmor } from '../../src/proof/openpgp/packet/armor.js';
import { concatBytes, sameBytes } from '../../src/proof/openpgp/packet/byte-reader.js';
import { documentOf } from '../../src/proof/openpgp/packet/document.js';
import { indexKeys } from '../../src/proof/openpgp/packet/key-index.js';
import { isMalformed } from '../../src/proof/openpgp/packet/malformed.js';
import { packetTag } from '../../src/proof/openpgp/packet/packets.js';
import { parseSignaturePacket } from '../../src/proof/openpgp/packet/signature-packet.js';
import { checkSignatures, readSignatureFile } from '../../src/proof/openpgp/signature/signatures.js';
import { type Chance, createChance } from '../support/chance.js';
import {
  assemble,
  flags,
  type ForgedKey,
  type ForgedKind,
  forgeKey,
  forgeSignature,
  overKey,
  overSubkey,
  overUserId,
  packetOf,
} from '../verification/pgp/forge.js';
import { certificateOf, fingerprintOf, keyDate, makeKey, nowMs, signDate, signDetached } from '../verification/pgp/keys.js';

export interface MutationResult {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

export interface MutationOptions {
  /** In the time of `performance.now()`; default: no end. */
  readonly endMs?: number;
  readonly onProgress?: (done: number) => void;
}

interface Sample {
  readonly name: string;
  readonly fingerprint: string;
  readonly certificate: Uint8Array;
  readonly signature: Uint8Array;
  readonly document: Uint8Array;
}

const longestMs = 20_000;
const mostViolations = 5;

/** Everything about a case follows from seed and number. */
export async function mutate(count: number, seed: number, options: MutationOptions = {}): Promise<MutationResult> {
  const samples = await makeSamples();
  const readWhole = createCertificateReader(nowMs);
  const statuses = new Map<string, number>();
  const violations: string[] = [];
  let slowest = 0;
  let done = 0;
  for (; done < count && violations.length < mostViolations && performance.now() < (options.endMs ?? Infinity); done++) {
    const chance = createChance(seed + done * 7919);
    const startMs = performance.now();
    try {
      const { status, violation } = await runCase(samples, readWhole, chance);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (violation !== null) violations.push(`case ${done} of seed ${seed}: ${violation}`);
    } catch (error) {
      violations.push(`case ${done} of seed ${seed} threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    const ms = performance.now() - startMs;
    slowest = Math.max(slowest, ms);
    if (ms > longestMs) violations.push(`case ${done} of seed ${seed} took ${Math.round(ms)} ms`);
    if (done % 50_000 === 49_999) options.onProgress?.(done + 1);
  }
  const found = [...statuses]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, times]) => `${times} ${status}`)
    .join(', ');
  return { done, detail: `${found}; the slowest took ${Math.ceil(slowest)} ms`, violations };
}

async function runCase(
  samples: readonly Sample[],
  readWhole: CertificateReader,
  chance: Chance,
): Promise<{ status: string; violation: string | null }> {
  const sample = chance.pick(samples);
  const other = chance.pick(samples);
  const what = chance.pick(['signature', 'armored signature', 'certificate', 'document', 'all'] as const);
  let { signature, certificate, document } = sample;
  if (what === 'signature' || what === 'all') signature = mutateBytes(signature, other.signature, chance);
  if (what === 'armored signature')
    signature = mutateBytes(
      Buffer.from(encodeArmor('PGP SIGNATURE', signature)),
      Buffer.from(encodeArmor('PGP SIGNATURE', other.signature)),
      chance,
    );
  if (what === 'certificate' || what === 'all') certificate = mutateBytes(certificate, other.certificate, chance);
  if (what === 'document') document = mutateBytes(document, other.document, chance);
  const copies: CertificateBytes[] = [
    { bytes: certificate, source: 'changed' },
    ...(chance.happens(0.2) ? [{ bytes: sample.certificate, source: 'whole' }] : []),
  ];
  expectMalformedOrFine(() => indexKeys(concatBytes(copies.map(({ bytes }) => bytes))));
  mergeCertificates(copies);
  // Untouched certificates need not be read again; changed ones must not be cached.
  const reader = copies.every(({ bytes }) => bytes === sample.certificate) ? { readCertificate: readWhole } : {};
  const { findings } = await checkSignatures(documentOf(document), signature, async () => copies, {
    atMs: nowMs,
    weak: { policy: 'accept' },
    ...reader,
  });
  let violation: string | null = null;
  for (const [index, { status, fingerprint }] of findings.entries()) {
    if (status !== 'good') continue;
    if (!isRightlyGood(sample, samples, signature, index, document, fingerprint))
      violation = `${sample.name}, ${what}: good where it must not be`;
  }
  return { status: findings.map(({ status }) => status)[0] ?? 'nothing', violation };
}

/** A good signature must equal one that was made, in all that it protects, over those bytes, by that key. */
function isRightlyGood(
  sample: Sample,
  samples: readonly Sample[],
  file: Uint8Array,
  index: number,
  document: Uint8Array,
  fingerprint: string | null,
): boolean {
  const body = readSignatureFile(file)[index];
  if (body === undefined) return false;
  const found = parseSignaturePacket(body);
  return samples.some((made) => {
    const [original] = readSignatureFile(made.signature);
    if (original === undefined || made.fingerprint !== fingerprint) return false;
    const { trailer, salt, digestStart } = parseSignaturePacket(original);
    return (
      sameBytes(trailer, found.trailer) &&
      sameBytes(salt, found.salt) &&
      sameBytes(digestStart, found.digestStart) &&
      sameBytes(document, sample.document)
    );
  });
}

function expectMalformedOrFine(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!isMalformed(error)) throw error;
  }
}

function mutateBytes(bytes: Uint8Array, other: Uint8Array, chance: Chance): Uint8Array {
  let changed: Uint8Array = bytes;
  const times = chance.happens(0.6) ? 1 : 1 + chance.below(6);
  for (let time = 0; time < times; time++) changed = mutateOnce(changed, other, chance);
  return changed;
}

function mutateOnce(bytes: Uint8Array, other: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + chance.below(40));
  const copy = Buffer.from(bytes);
  switch (chance.below(10)) {
    case 0:
    case 1:
    case 2:
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << chance.below(8));
      return copy;
    case 3:
      if (at < copy.length) copy[at] = chance.pick([0, 1, 4, 6, 127, 128, 191, 192, 223, 224, 254, 255, chance.below(256)]);
      return copy;
    case 4:
      return copy.subarray(0, at);
    case 5:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(end)]);
    case 6:
      return Buffer.concat([copy.subarray(0, end), copy.subarray(at)]);
    case 7:
      return Buffer.concat([
        copy.subarray(0, at),
        Buffer.from(Array.from({ length: 1 + chance.below(20) }, () => chance.below(256))),
        copy.subarray(at),
      ]);
    case 8:
      return Buffer.concat([copy.subarray(0, at), other.subarray(chance.below(other.length + 1))]);
    default:
      return Buffer.concat(Array.from({ length: 1 + chance.below(4) }, () => copy));
  }
}

async function makeSamples(): Promise<readonly Sample[]> {
  const kinds: readonly ForgedKind[] = ['rsa', 'dsa2048', 'ed25519', 'P-256', 'brainpoolP256r1', 'secp256k1'];
  const samples: Sample[] = kinds.map((kind, index) => forgedSample(kind, Buffer.from(`document ${index}, of ${kind}\n`)));
  for (const options of [
    { type: 'curve25519', config: { v6Keys: true }, subkeys: [{ sign: true }] },
    { subkeys: [{ sign: true }, {}] },
  ] as const) {
    const key = await makeKey({ ...options, subkeys: [...options.subkeys] });
    const document = Buffer.from(`document ${samples.length}\n`);
    samples.push({
      name: 'openpgp',
      fingerprint: fingerprintOf(key),
      certificate: certificateOf(key).bytes,
      signature: await signDetached(key, document),
      document,
    });
  }
  return samples;
}

/** A key with everything in it: direct-key signature, two user IDs, a certification, two subkeys, one of which signs. */
function forgedSample(kind: ForgedKind, document: Uint8Array): Sample {
  const at = keyDate.getTime();
  const primary: ForgedKey = forgeKey(kind, at);
  const subkey = forgeKey('ed25519', at);
  const names = [Buffer.from('Ada <ada@example.org>'), Buffer.from('\u001b[31mAda')];
  const back = forgeSignature(subkey, overSubkey(primary, subkey), { type: 0x19, createdAtMs: at });
  const certificate = assemble(
    [packetTag.publicKey, primary.body],
    [packetTag.signature, forgeSignature(primary, overKey(primary), { type: 0x1f, createdAtMs: at, hashed: [flags(3)] })],
    ...names.flatMap((name) => [
      [packetTag.userId, name] as const,
      [
        packetTag.signature,
        forgeSignature(primary, overUserId(primary, name), { type: 0x13, createdAtMs: at, hashed: [flags(3)] }),
      ] as const,
      [packetTag.signature, forgeSignature(subkey, overUserId(primary, name), { type: 0x10, createdAtMs: at })] as const,
    ]),
    [packetTag.publicSubkey, subkey.body],
    [
      packetTag.signature,
      forgeSignature(primary, overSubkey(primary, subkey), {
        type: 0x18,
        createdAtMs: at,
        hashed: [flags(2)],
        unhashed: [{ type: 32, body: back }],
      }),
    ],
  );
  const signature = packetOf.signature(
    forgeSignature(kind === 'ed25519' ? subkey : primary, document, { type: 0, createdAtMs: signDate.getTime() }),
  );
  return { name: kind, fingerprint: primary.fingerprint, certificate: certificate.bytes, signature, document };
}
