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
  /** The authority's own certificate, PEM: give it to clients as `ca`, or as NODE_EXTRA_CA_CERTS from a file. */
  readonly ca: string;
  /** A leaf for these DNS names and IP addresses; valid from yesterday to tomorrow unless said. */
  issue(options: {
    names?: readonly string[];
    addresses?: readonly string[];
    notBefore?: Date;
    notAfter?: Date;
  }): Promise<ServerCertificate>;
}

/** The set that the fault matrix needs; every leaf but the last is signed by `ca`. */
export interface TestCertificates {
  readonly ca: string;
  /** For `localhost` and `127.0.0.1`. */
  readonly valid: ServerCertificate;
  /** Same names; ended yesterday. */
  readonly expired: ServerCertificate;
  /** Valid, but for `other.invalid`. */
  readonly wrongName: ServerCertificate;
  /** Right names, by an authority that nobody knows. */
  readonly unknownAuthority: ServerCertificate;
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
    async issue({ names = [], addresses = [], notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs) }) {
      const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const leaf = await x509.X509CertificateGenerator.create({
        serialNumber: newSerialNumber(),
        subject: `CN=${names[0] ?? addresses[0] ?? 'nameless'}`,
        issuer: certificate.subject,
        notBefore,
        notAfter,
        signingAlgorithm: algorithm,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
          new x509.SubjectAlternativeNameExtension([
            ...names.map((value) => ({ type: 'dns' as const, value })),
            ...addresses.map((value) => ({ type: 'ip' as const, value })),
          ]),
        ],
      });
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey);
      return { key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), cert: leaf.toString('pem') };
    },
  };
}

/** An authority and the four leaves of the fault matrix. About 50 ms. */
export async function createTestCertificates(): Promise<TestCertificates> {
  const authority = await createCertificateAuthority();
  const stranger = await createCertificateAuthority('clojars-fetch unknown authority');
  const here = { names: ['localhost'], addresses: ['127.0.0.1'] };
  return {
    ca: authority.ca,
    valid: await authority.issue(here),
    expired: await authority.issue({ ...here, notBefore: new Date(Date.now() - 10 * dayMs), notAfter: new Date(Date.now() - dayMs) }),
    wrongName: await authority.issue({ names: ['other.invalid'] }),
    unknownAuthority: await stranger.issue(here),
  };
}

/** Positive and never zero: the first bits are 01. */
function newSerialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(8));
  return `4${Buffer.from(bytes).toString('hex').slice(1)}`;
}
