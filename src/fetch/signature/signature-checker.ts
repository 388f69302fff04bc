/** Checks signature files against keys and trust. Loaded with the first signature (src/app/client/signature-engine.ts). */
import type { KeyMapModel } from '../../proof/key-map/key-map-model.js';
import type { SignatureAllowance } from '../../proof/key-map/model/key-map.js';
import type { Certificate } from '../../proof/openpgp/certificate/certificate.js';
import type { CertificateSource } from '../../proof/openpgp/certificate/certificate-source.js';
import { type CertificateReader, createCertificateReader } from '../../proof/openpgp/certificate/read-certificate.js';
import type { SignedDocument } from '../../proof/openpgp/packet/signed-document.js';
import { checkSignatures } from '../../proof/openpgp/signature/signatures.js';
import type { TrustModel } from '../../proof/openpgp/trust-model.js';
import type { SignaturePolicy } from '../../proof/signature-policy.js';
import type { SignatureFinding, SignatureStatus, SignatureVerdict } from '../../proof/signature-verdict.js';
import type { SignedSubject } from '../../proof/signed-subject.js';
import type { SignatureChecker } from '../context.js';

/** Judges signatures by keys and a trust model. */
export type CheckingSignatures = Pick<SignatureChecker, 'check' | 'allowance'>;

export interface SignatureCheckerOptions {
  readonly source: CertificateSource;
  /** Opened with the first signature. `readCertificate` caches what it read. */
  readonly openModel: (readCertificate: CertificateReader) => Promise<TrustModel>;
  /** The time to judge for, milliseconds since 1970. */
  readonly atMs: number;
}

/** Good first, then the most serious. */
const order: readonly SignatureStatus[] = [
  'good',
  'bad',
  'revoked',
  'malformed',
  'untrusted',
  'weak',
  'expired',
  'unknown-key',
  'signer-changed',
  'signer-lost',
  'wrong-coordinate',
  'missing',
];

export function createSignatureChecker(options: SignatureCheckerOptions): CheckingSignatures {
  return new TrustingChecker(options);
}

class TrustingChecker implements CheckingSignatures {
  readonly #options: SignatureCheckerOptions;
  readonly #find: CertificateSource['find'];
  readonly #readCertificate: CertificateReader;
  #model: Promise<TrustModel> | null = null;

  constructor(options: SignatureCheckerOptions) {
    this.#options = options;
    this.#find = (id) => options.source.find(id);
    this.#readCertificate = createCertificateReader(options.atMs, this.#find);
  }

  async check(
    signatureFile: Uint8Array,
    document: SignedDocument,
    subject: SignedSubject,
    policy: SignaturePolicy,
  ): Promise<readonly SignatureVerdict[]> {
    const model = await this.#openModel();
    const { findings, certificates } = await checkSignatures(document, signatureFile, this.#find, {
      atMs: this.#options.atMs,
      weak: weakAlgorithms(policy),
      readCertificate: this.#readCertificate,
    });
    const verdicts: SignatureVerdict[] = [];
    for (const finding of findings) verdicts.push(await withTrust(model, finding, certificates, subject, policy));
    return verdicts.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  }

  async allowance(subject: SignedSubject): Promise<SignatureAllowance | null> {
    const model = await this.#openModel();
    return isKeyMapModel(model) ? model.allows(subject) : null;
  }

  #openModel(): Promise<TrustModel> {
    return (this.#model ??= this.#options.openModel(this.#readCertificate));
  }
}

function isKeyMapModel(model: TrustModel): model is KeyMapModel {
  return model.name === 'key-map' && 'allows' in model;
}

async function withTrust(
  model: TrustModel,
  given: SignatureFinding,
  certificates: ReadonlyMap<string, Certificate>,
  subject: SignedSubject,
  policy: SignaturePolicy,
): Promise<SignatureVerdict> {
  if (given.status !== 'good') return given;
  const { fingerprint } = given;
  const certificate = fingerprint === null ? undefined : certificates.get(fingerprint);
  if (fingerprint === null || certificate === undefined) return { ...given, status: 'unknown-key' };
  if (policy.signers !== null) {
    const named = policy.signers.includes(fingerprint);
    return {
      ...given,
      status: named ? 'good' : 'untrusted',
      sentence: named ? given.sentence : `${given.sentence} The rule for ${subject.group} names other signers.`,
    };
  }
  const { trusted, sentence } = await model.judge(certificate, subject, given.signingKey ?? undefined);
  return { ...given, status: trusted ? 'good' : 'untrusted', sentence: `${given.sentence} ${sentence}` };
}

/** With an end date, weak signatures made before it are accepted; later ones are treated as with `warn`. */
function weakAlgorithms({ weak, weakUntilMs }: SignaturePolicy): {
  readonly policy: SignaturePolicy['weak'];
  readonly until?: number | undefined;
} {
  return weak === 'accept' && weakUntilMs !== null ? { policy: 'warn', until: weakUntilMs } : { policy: weak };
}
