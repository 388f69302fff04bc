/**
 * X.509 certificates for test servers, made at run time with node:crypto and a few lines of DER (X.690): no files to expire, no tool to
 * install.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface Identity {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8. */
  readonly key: string;
}

export interface CertificateOptions {
  readonly commonName: string;
  /** DNS names and IPv4 addresses. */
  readonly names?: readonly string[];
  /** Signs the certificate; self-signed if absent. */
  readonly issuer?: Identity & { readonly commonName: string };
  readonly authority?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Makes a fresh P-256 key and its certificate, valid from yesterday until tomorrow unless the options say otherwise. */
export function createCertificate(options: CertificateOptions): Identity & { readonly commonName: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signingKey = options.issuer ? createPrivateKey(options.issuer.key) : privateKey;
  const day = 24 * 3600_000;
  const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
  const extensions = [
    extension('2.5.29.19', true, sequence(...(options.authority ? [boolean(true)] : []))), // basicConstraints
    extension('2.5.29.15', true, bits(options.authority ? [0x06, 1] : [0x80, 7])), // keyUsage
  ];
  if (options.names) {
    extensions.push(
      extension(
        '2.5.29.17',
        false,
        sequence(
          ...options.names.map((name) =>
            isIP(name) === 4 ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name, 'ascii')),
          ),
        ),
      ),
    );
  }
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(8)])),
    ecdsaWithSha256,
    nameOf(options.issuer?.commonName ?? options.commonName),
    sequence(time(options.notBefore ?? new Date(Date.now() - day)), time(options.notAfter ?? new Date(Date.now() + day))),
    nameOf(options.commonName),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', toBeSigned, signingKey);
  const certificate = sequence(toBeSigned, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const base64 = certificate.toString('base64').replace(/.{1,64}/g, '$&\n');
  return {
    commonName: options.commonName,
    certificate: `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** A certificate authority of its own. */
export function createAuthority(commonName = 'Test Authority'): Identity & { readonly commonName: string } {
  return createCertificate({ commonName, authority: true });
}

function der(tag: number, content: Buffer): Buffer {
  const length =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

function bits([byte, unused]: readonly [number, number]): Buffer {
  return der(0x03, Buffer.from([unused, byte]));
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), der(0x04, value));
}
