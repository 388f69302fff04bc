/** Describes the keys of the keyrings, each once, with their validity. */
import { mergeCertificates } from '../../local/keyring/merge-certificates.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import type { Certificate } from '../../proof/openpgp/certificate/certificate.js';
import type { CertificateBytes, CertificateSource } from '../../proof/openpgp/certificate/certificate-source.js';
import type { CertificateReader } from '../../proof/openpgp/certificate/read-certificate.js';
import type { WebOfTrust } from '../../proof/openpgp/web-of-trust/web-of-trust.js';
import { describeKey, type KeyDescription } from './describe-key.js';

/** The keyrings as they are now, ready for one query. */
export interface OpenKeyrings {
  readonly configuration: EffectiveConfiguration;
  readonly source: CertificateSource;
  readonly read: CertificateReader;
  readonly web: WebOfTrust;
  readonly warn: (message: string) => void;
}

/** Describes each key once. Computes the validities that are not given. */
export async function describeKeys(
  { read, web, warn }: OpenKeyrings,
  certificates: Iterable<CertificateBytes>,
  { validities = [] }: { readonly validities?: Awaited<ReturnType<WebOfTrust['all']>> } = {},
): Promise<KeyDescription[]> {
  const copies = new Map<string, CertificateBytes[]>();
  for (const bytes of certificates) {
    const certificate = await read(bytes);
    if (certificate === null) warn(`a key in ${bytes.source} cannot be used: it is damaged or of a kind that is not known`);
    else copies.set(certificate.fingerprint, [...(copies.get(certificate.fingerprint) ?? []), bytes]);
  }
  const known = new Map(validities.map((validity) => [validity.fingerprint, validity]));
  const described: KeyDescription[] = [];
  for (const [fingerprint, ofKey] of copies) {
    const certificate = await readMerged(read, ofKey);
    const validity = known.get(fingerprint) ?? (await web.validity(fingerprint));
    const sources = ofKey.map(({ source }) => source);
    if (certificate !== null) described.push(describeKey(certificate, validity, sources));
  }
  return described;
}

/** Reads all certificates of a source. */
export async function collect(source: CertificateSource): Promise<readonly CertificateBytes[]> {
  const all: CertificateBytes[] = [];
  for await (const one of source.all()) all.push(one);
  return all;
}

/** Merges the copies of a key from all keyrings, so that a revocation in any of them counts. */
async function readMerged(read: CertificateReader, copies: readonly CertificateBytes[]): Promise<Certificate | null> {
  const [first, ...others] = copies;
  if (first === undefined) return null;
  return read({ bytes: others.reduce((merged, { bytes }) => mergeCertificates(merged, bytes), first.bytes), source: first.source });
}
