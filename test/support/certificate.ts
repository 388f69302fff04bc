/** Certificates for TLS tests, made in the test by @peculiar/x509: an authority and leaves, right and wrong. */
import 'reflect-metadata';

import { webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

/** PEM texts, as `https.createServer` takes them. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateAuthority {
  /** PEM of the authority's own certificate, for the option `ca` of clients, or for a file named by NODE_EXTRA_CA_CERTS. */
  readonly ca: string;
  /** A leaf for these DNS names and IP addresses; valid from yesterday to tomorrow by default. */
  issue(options: CertificateNames & { notBefore?: Date; notAfter?: Date }): Promise<ServerCertificate>;
}

/** Server certificates for the same names, right and wrong. */
export interface TestCertificates {
  readonly ca: string;
  readonly valid: ServerCertificate;
  /** Ended yesterday. */
  readonly expired: ServerCertificate;
  /** By the same authority, but for `other.invalid`. */
  readonly wrongName: ServerCertificate;
  /** By an authority that no client knows. */
  readonly unknownAuthority: ServerCertificate;
  readonly selfSigned: ServerCertificate;
}

export interface CertificateNames {
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
}

/** Makes an authority with a fresh P-256 key. */
export async function createCertificateAuthority(name = 'clojars-fetch test authority'): Promise<CertificateAuthority> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - 30 * dayMs),
    notAfter: new Date(Date.now() + 30 * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    ca: certificate.toString('pem'),
    async issue({ notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs), ...names }) {
      const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const leaf = await x509.X509CertificateGenerator.create({
        ...leafOf(names),
        issuer: certificate.subject,
        notBefore,
        notAfter,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
      });
      return pemOf(leaf, leafKeys.privateKey);
    },
  };
}

async function createSelfSigned(names: CertificateNames): Promise<ServerCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { subject: name, ...leaf } = leafOf(names);
  return pemOf(await x509.X509CertificateGenerator.createSelfSigned({ ...leaf, name, keys }), keys.privateKey);
}

function leafOf({ names = [], addresses = [] }: CertificateNames) {
  return {
    serialNumber: newSerialNumber(),
    subject: `CN=${names[0] ?? addresses[0] ?? 'nameless'}`,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  };
}

async function pemOf(certificate: x509.X509Certificate, key: webcrypto.CryptoKey): Promise<ServerCertificate> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return { key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), cert: certificate.toString('pem') };
}

let shared: Promise<TestCertificates> | undefined;

/** For `localhost` and `127.0.0.1`, made once for all test files of a process. */
export function testCertificates(): Promise<TestCertificates> {
  return (shared ??= createTestCertificates({ names: ['localhost'], addresses: ['127.0.0.1'] }));
}

/** An authority of their own, and leaves for these names. About 50 ms. */
export async function createTestCertificates(names: CertificateNames): Promise<TestCertificates> {
  const authority = await createCertificateAuthority();
  const stranger = await createCertificateAuthority('clojars-fetch unknown authority');
  return {
    ca: authority.ca,
    valid: await authority.issue(names),
    expired: await authority.issue({ ...names, notBefore: new Date(Date.now() - 10 * dayMs), notAfter: new Date(Date.now() - dayMs) }),
    wrongName: await authority.issue({ names: ['other.invalid'] }),
    unknownAuthority: await stranger.issue(names),
    selfSigned: await createSelfSigned(names),
  };
}

/** Positive and never zero: the first bits are 01. */
function newSerialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(8));
  return `4${Buffer.from(bytes).toString('hex').slice(1)}`;
}
