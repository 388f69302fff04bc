/** A web as bytes: one keyring, an ownertrust file, signatures of a document. */
import { overKey, overSubkey, overUserId, packet, subpacket, uint32, writeKey, writeSignature, type WrittenKey } from './packets.js';
import type { Web, WebCertification, WebKey } from './web.js';

export interface WrittenWeb {
  /** Certificates, in the order of the web's keys; absent ones are left out. */
  readonly certificates: readonly { readonly index: number; readonly bytes: Uint8Array }[];
  readonly keys: readonly WrittenKey[];
  readonly subkeys: readonly WrittenKey[];
}

const flags = (value: number): Uint8Array => subpacket(27, Uint8Array.of(value));

function certificationBytes(written: Omit<WrittenWeb, 'certificates'>, signed: Uint8Array, certification: WebCertification): Uint8Array {
  const signer = (certification.bySubkey === true ? written.subkeys : written.keys)[certification.by];
  if (signer === undefined) throw new Error(`no key ${certification.by}`);
  const subpackets: Uint8Array[] = [];
  if (certification.expiresIn !== undefined && !certification.revokes) subpackets.push(subpacket(3, uint32(certification.expiresIn)));
  if (certification.local === true) subpackets.push(subpacket(4, Uint8Array.of(0)));
  if (certification.irrevocable === true) subpackets.push(subpacket(7, Uint8Array.of(0)));
  if (certification.critical === true) subpackets.push(subpacket(99, Uint8Array.of(1), true));
  if (certification.revokes) subpackets.push(subpacket(29, Uint8Array.of(0)));
  else if (certification.trust !== undefined) {
    subpackets.push(subpacket(5, Uint8Array.of(certification.trust.depth, certification.trust.amount)));
    if (certification.trust.regexp !== undefined) subpackets.push(subpacket(6, Buffer.from(`${certification.trust.regexp}\0`)));
  }
  return writeSignature(signed, {
    type: certification.revokes ? 0x30 : certification.type,
    createdAt: certification.at,
    signer,
    hash: certification.hash,
    subpackets,
    broken: certification.broken === true,
    withoutIssuerFingerprint: certification.withoutIssuerFingerprint === true,
  });
}

function directSignature(
  { keys }: Omit<WrittenWeb, 'certificates'>,
  { at, expiresIn, revoker }: NonNullable<WebKey['direct']>,
  key: WrittenKey,
): Uint8Array {
  const other = revoker === undefined ? undefined : keys[revoker];
  return writeSignature(overKey(key), {
    type: 0x1f,
    createdAt: at,
    signer: key,
    subpackets: [
      flags(0x03),
      ...(expiresIn === undefined ? [] : [subpacket(9, uint32(expiresIn))]),
      ...(other === undefined ? [] : [subpacket(12, Buffer.concat([Uint8Array.of(0x80, 22), Buffer.from(other.fingerprint, 'hex')]))]),
    ],
  });
}

function certificateBytes(written: Omit<WrittenWeb, 'certificates'>, spec: WebKey, key: WrittenKey, subkey: WrittenKey): Uint8Array {
  const parts = [packet(6, key.body)];
  if (spec.revoked !== undefined)
    parts.push(
      writeSignature(overKey(key), {
        type: 0x20,
        createdAt: spec.revoked.at,
        signer: key,
        subpackets: [subpacket(29, Uint8Array.of(spec.revoked.reason))],
      }),
    );
  const revoker = spec.revokedBy === undefined ? undefined : written.keys[spec.revokedBy.by];
  if (spec.revokedBy !== undefined && revoker !== undefined)
    parts.push(
      writeSignature(overKey(key), {
        type: 0x20,
        createdAt: spec.revokedBy.at,
        signer: revoker,
        subpackets: [subpacket(29, Uint8Array.of(0))],
      }),
    );
  if (spec.direct !== undefined) parts.push(directSignature(written, spec.direct, key));
  for (const userId of spec.userIds) {
    const text = Buffer.from(userId.text);
    const signed = overUserId(key, text);
    const bind = (at: number): Uint8Array =>
      writeSignature(signed, {
        type: 0x13,
        createdAt: at,
        signer: key,
        hash: userId.hash,
        subpackets: [
          flags(0x03),
          ...(spec.expiresIn === undefined ? [] : [subpacket(9, uint32(spec.expiresIn))]),
          ...(userId.expiresIn === undefined ? [] : [subpacket(3, uint32(userId.expiresIn))]),
          ...(userId.primary === true ? [subpacket(25, Uint8Array.of(1))] : []),
        ],
      });
    parts.push(packet(13, text), bind(userId.at));
    if (userId.revokedAt !== undefined)
      parts.push(
        writeSignature(signed, { type: 0x30, createdAt: userId.revokedAt, signer: key, subpackets: [subpacket(29, Uint8Array.of(32))] }),
      );
    if (userId.boundAgainAt !== undefined) parts.push(bind(userId.boundAgainAt));
    for (const certification of userId.certifications) parts.push(certificationBytes(written, signed, certification));
  }
  const back = writeSignature(overSubkey(key, subkey), { type: 0x19, createdAt: key.createdAt, signer: subkey });
  const backBody = back.subarray(6);
  const embedded = Buffer.concat([Uint8Array.of(0xff), uint32(backBody.length + 1), Uint8Array.of(32), backBody]);
  parts.push(
    packet(14, subkey.body),
    writeSignature(overSubkey(key, subkey), { type: 0x18, createdAt: key.createdAt, signer: key, subpackets: [flags(0x02), embedded] }),
  );
  return Buffer.concat(parts);
}

export function writeWeb(web: Web): WrittenWeb {
  const keys = web.keys.map(({ name, createdAt }) => writeKey(`${web.seed} ${name}`, createdAt));
  const subkeys = web.keys.map(({ name, createdAt }) => writeKey(`${web.seed} ${name} sub`, createdAt));
  const certificates = web.keys.flatMap((spec, index) => {
    const key = keys[index];
    const subkey = subkeys[index];
    return key === undefined || subkey === undefined || spec.missing === true
      ? []
      : [{ index, bytes: certificateBytes({ keys, subkeys }, spec, key, subkey) }];
  });
  return { certificates, keys, subkeys };
}

const ownertrustNumbers = { unknown: 0, undefined: 2, never: 3, marginal: 4, full: 5, ultimate: 6 } as const;

/** As `gpg --import-ownertrust` reads it. */
export function ownertrustText(web: Web, { keys }: Pick<WrittenWeb, 'keys'>): string {
  return web.keys
    .map(({ ownertrust, disabled }, index) => ({
      number: ownertrustNumbers[ownertrust] | (disabled === true ? 0x80 : 0),
      fingerprint: keys[index]?.fingerprint ?? '',
    }))
    .filter(({ number }) => number !== 0)
    .map(({ number, fingerprint }) => `${fingerprint}:${number}:\n`)
    .join('');
}

/** One signature packet of each key over the same document, by primary key or subkey in turn. */
export function documentSignatures(
  { keys, subkeys }: Pick<WrittenWeb, 'keys' | 'subkeys'>,
  document: Uint8Array,
  at: number,
): readonly Uint8Array[] {
  return keys.flatMap((key, index) => {
    const signer = index % 2 === 0 ? key : subkeys[index];
    return signer === undefined || key.createdAt > at ? [] : [writeSignature(document, { type: 0, createdAt: at, signer })];
  });
}
