/**
 * Signs a report: RFC 9421 (HTTP Message Signatures) over the method, the target, and the digest of the body (RFC 9530), with an
 * Ed25519 key or a shared secret. Pure.
 */
import { createHash, createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** A private key, or a secret that the receiver knows. */
export type ReportKey = KeyObject | Buffer;

/** Reads an Ed25519 key in PEM; any other text of at least 16 bytes is a shared secret. Returns null if it is neither. */
export function readReportKey(text: Buffer): ReportKey | null {
  if (!text.includes('-----BEGIN')) {
    const secret = Buffer.from(text.toString('utf8').trim());
    return secret.length >= 16 ? secret : null;
  }
  try {
    const key = createPrivateKey(text);
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

/**
 * Returns the headers of a POST of `body` to `url`.
 * @param created seconds since 1970
 */
export function signRequest(url: URL, body: Buffer, key: ReportKey, created: number): Readonly<Record<string, string>> {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  const isSecret = Buffer.isBuffer(key);
  const parameters = `("@method" "@target-uri" "content-type" "content-digest");created=${created};keyid="${keyId(key)}";alg="${isSecret ? 'hmac-sha256' : 'ed25519'}"`;
  const base = [
    '"@method": POST',
    `"@target-uri": ${url.href}`,
    '"content-type": application/json',
    `"content-digest": ${digest}`,
    `"@signature-params": ${parameters}`,
  ].join('\n');
  const signature = isSecret ? createHmac('sha256', key).update(base).digest() : sign(null, Buffer.from(base), key);
  return {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'content-digest': digest,
    'signature-input': `sig1=${parameters}`,
    signature: `sig1=:${signature.toString('base64')}:`,
    // A report that is sent again after a lost answer is the same report.
    'idempotency-key': createHash('sha256').update(body).digest('hex'),
  };
}

/** Names the key without giving it away: by a digest of the public key, or one of the secret. */
function keyId(key: ReportKey): string {
  const bytes = Buffer.isBuffer(key)
    ? createHash('sha256').update(key).digest()
    : createPublicKey(key).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
