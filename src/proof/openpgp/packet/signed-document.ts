/** The document under a detached signature, read without holding it in memory. */

/** Hash algorithms of RFC 9580 section 9.5, by their names in node:crypto. */
export type SignatureHash = 'md5' | 'sha1' | 'ripemd160' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'sha3-256' | 'sha3-512';

export interface DocumentDigestRequest {
  readonly hash: SignatureHash;
  /** Hashed before the document: the salt of a version 6 signature, otherwise empty. */
  readonly prefix: Uint8Array;
  /** Hashed after it: the signature's own fields and trailer. */
  readonly suffix: Uint8Array;
  /** Whether line endings become CR LF first (signature type 0x01, RFC 9580 section 5.2.1). */
  readonly text: boolean;
}

export interface SignedDocument {
  /** In bytes, if known: reading a small document again costs less than using openpgp. */
  readonly size?: number | undefined;
  digest(request: DocumentDigestRequest): Promise<Uint8Array>;
  /** Reads the document from its start, for algorithms whose library needs all bytes. May be called more than once. */
  chunks(): AsyncIterable<Uint8Array>;
}
