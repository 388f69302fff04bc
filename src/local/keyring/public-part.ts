/**
 * Extracts the public part of a secret key packet (RFC 9580 section 5.5.3: it begins with all fields of the public key
 * packet). A keyring for verification needs no secret keys; for one given by mistake, the public part is used.
 */

/** How many numbers (MPIs) a public key has, by algorithm (RFC 9580 section 5.5.5); those in `curves` begin with the curve's identifier. */
const numbers: Readonly<Record<number, number>> = { 1: 2, 2: 2, 3: 2, 16: 3, 17: 4 };
const curves: Readonly<Record<number, 'point' | 'agreement'>> = { 18: 'agreement', 19: 'point', 22: 'point' };
/** Octets of a public key of fixed length: X25519, X448, Ed25519, Ed448. */
const fixed: Readonly<Record<number, number>> = { 25: 32, 26: 56, 27: 32, 28: 57 };

/** Returns the public key packet's body, or null if the algorithm is unknown or the bytes make no sense. */
export function publicPartOf(body: Uint8Array): Uint8Array | null {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.length < 6) return null;
  const version = view.getUint8(0);
  if (version === 6) {
    // Version 6 states the length of its key material (RFC 9580 section 5.5.2.3).
    return body.length < 10 ? null : cut(body, 10 + view.getUint32(6));
  }
  if (version !== 4) return null;
  const algorithm = view.getUint8(5);
  let at = 6;
  const skipNumber = (): void => {
    at += at + 2 > body.length ? Number.POSITIVE_INFINITY : 2 + Math.ceil(view.getUint16(at) / 8);
  };
  const skipShort = (): void => {
    at += at + 1 > body.length ? Number.POSITIVE_INFINITY : 1 + view.getUint8(at);
  };
  const count = numbers[algorithm];
  const curve = curves[algorithm];
  const length = fixed[algorithm];
  if (count !== undefined) {
    for (let index = 0; index < count; index += 1) skipNumber();
  } else if (curve !== undefined) {
    skipShort();
    skipNumber();
    if (curve === 'agreement') skipShort();
  } else if (length !== undefined) {
    at += length;
  } else {
    return null;
  }
  return cut(body, at);
}

function cut(body: Uint8Array, end: number): Uint8Array | null {
  return end <= body.length ? body.subarray(0, end) : null;
}
