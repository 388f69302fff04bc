/**
 * Opens everything that judges signatures, keys and trust. Loaded with the first signature without a remembered verdict: on the command
 * line this is a separate file (tsup.config.ts), which a warm call does not read.
 */
import { readNamedFile } from '../../base/disk/named-file.js';
import { type CheckingSignatures, createSignatureChecker } from '../../fetch/signature/signature-checker.js';
import type { EffectiveTrust } from '../../local/settings/configuration.js';
import type { KeyMap } from '../../proof/key-map/model/key-map.js';
import type { CertificateSource } from '../../proof/openpgp/certificate/certificate-source.js';
import type { CertificateReader } from '../../proof/openpgp/certificate/read-certificate.js';
import type { TrustModel } from '../../proof/openpgp/trust-model.js';
import { createTrustModels } from '../../proof/openpgp/web-of-trust/web-of-trust-models.js';

/**
 * Creates the checker for the trust model in effect.
 * @param atMs the time to judge for, milliseconds since 1970
 */
export function openSignatureEngine(trust: EffectiveTrust, source: CertificateSource, atMs: number): CheckingSignatures {
  return createSignatureChecker({ source, openModel: (readCertificate) => openModel(trust, source, readCertificate, atMs), atMs });
}

async function openModel(
  { model, keyMaps, webOfTrust }: EffectiveTrust,
  source: CertificateSource,
  readCertificate: CertificateReader,
  atMs: number,
): Promise<TrustModel> {
  // A key map may be XML, so its reader is loaded only for a key map.
  if (model === 'key-map')
    return (await import('../../proof/key-map/key-map-model.js')).createKeyMapModel(await Promise.all(keyMaps.map(openKeyMap)));
  const models = createTrustModels({ source, readCertificate, atMs, ...webOfTrust });
  return model === 'keyring' ? models.keyring : models.webOfTrust;
}

async function openKeyMap(file: string): Promise<KeyMap> {
  const { readKeyMap } = await import('../../proof/key-map/read-key-map.js');
  return readKeyMap(readNamedFile(file, 'the key map'), file);
}
