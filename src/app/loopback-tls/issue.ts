/**
 * Issues the certificates of the proxy: a root, an intermediate that is constrained to this machine's loopback names, and a leaf.
 *
 * The keys of root and intermediate are used once and thrown away: a reader of the files cannot issue another certificate. The constraint
 * stands in the intermediate, since Java (17 and 25, measured) ignores constraints in a trusted root.
 */
import 'reflect-metadata';

import { randomBytes, webcrypto } from 'node:crypto';

import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';

/** PEM texts. */
export interface LoopbackCertificates {
  /** The root, to be trusted by build tools. */
  readonly root: string;
  /** The leaf and the intermediate, as a server presents them. */
  readonly chain: string;
  /** Private key of the leaf, PKCS#8. */
  readonly key: string;
  /** End of their validity, epoch milliseconds. */
  readonly notAfterMs: number;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** Apple's platforms refuse leaves that are valid for longer than 825 days. */
const validDays = 398;
/** Covers a clock that is a little behind. */
const backdatedDays = 1;

interface KeyPair {
  readonly publicKey: webcrypto.CryptoKey;
  readonly privateKey: webcrypto.CryptoKey;
}

/** Names that a leaf is for. */
interface LeafNames {
  readonly dns: string;
  readonly addresses: readonly string[];
}

const loopback: LeafNames = { dns: 'localhost', addresses: ['127.0.0.1', '::1'] };

/**
 * Issues new ones. Takes a tenth of a second.
 * @param names what the leaf is for; tests show that others than the default are refused by every client
 */
export async function issueCertificates(nowMs: number, names: LeafNames = loopback): Promise<LoopbackCertificates> {
  x509.cryptoProvider.set(webcrypto);
  const [rootKeys, intermediateKeys, leafKeys] = await Promise.all([newKeys(), newKeys(), newKeys()]);
  // Certificates keep whole seconds.
  const issuedMs = Math.floor(nowMs / 1000) * 1000;
  const notBefore = new Date(issuedMs - backdatedDays * dayMs);
  const notAfter = new Date(issuedMs + validDays * dayMs);
  const made = new Date(nowMs).toISOString().slice(0, 10);
  const shared = { notBefore, notAfter, signingAlgorithm: algorithm };
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...shared,
    serialNumber: newSerialNumber(),
    name: `CN=clojars-fetch loopback root ${made} ${randomBytes(4).toString('hex')}`,
    keys: rootKeys,
    extensions: authorityExtensions(1),
  });
  const intermediate = await x509.X509CertificateGenerator.create({
    ...shared,
    serialNumber: newSerialNumber(),
    subject: 'CN=clojars-fetch loopback',
    issuer: root.subject,
    publicKey: intermediateKeys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: [...authorityExtensions(0), loopbackOnly()],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...shared,
    serialNumber: newSerialNumber(),
    subject: `CN=${names.dns}`,
    issuer: intermediate.subject,
    publicKey: leafKeys.publicKey,
    signingKey: intermediateKeys.privateKey,
    extensions: leafExtensions(names),
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey), 'PRIVATE KEY');
  return {
    root: `${root.toString('pem')}\n`,
    chain: `${leaf.toString('pem')}\n${intermediate.toString('pem')}\n`,
    key: `${key}\n`,
    notAfterMs: notAfter.getTime(),
  };
}

async function newKeys(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** Positive, as RFC 5280 section 4.1.2.2 asks. */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function authorityExtensions(pathLength: number): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

/** RFC 5280 section 4.2.1.10, critical: names of this machine alone. */
function loopbackOnly(): x509.Extension {
  const permittedSubtrees = new GeneralSubtrees(
    [{ dNSName: 'localhost' }, { iPAddress: '127.0.0.0/8' }, { iPAddress: '::1/128' }].map(
      (name) => new GeneralSubtree({ base: new GeneralName(name) }),
    ),
  );
  return new x509.Extension('2.5.29.30', true, AsnConvert.serialize(new NameConstraints({ permittedSubtrees })));
}

function leafExtensions({ dns, addresses }: LeafNames): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: dns }, ...addresses.map((value) => ({ type: 'ip' as const, value }))]),
  ];
}
