/** Trust models over keyrings: any key in them, or only those that the web of trust makes valid. */
import { escapeForDisplay } from '../../../base/escape.js';
import type { Certificate } from '../certificate/certificate.js';
import type { CertificateSource } from '../certificate/certificate-source.js';
import type { SignerTrust, TrustModel } from '../trust-model.js';
import { createWebOfTrust, type WebOfTrust, type WebOfTrustOptions } from './web-of-trust.js';

export interface TrustModels {
  /** Any good key of the keyrings counts. */
  readonly keyring: TrustModel;
  /** Only keys with full or ultimate validity count. */
  readonly webOfTrust: TrustModel;
  /** The underlying web, for explanations. */
  readonly web: WebOfTrust;
}

/** Creates the models. Reads nothing before the first judgement. Throws the errors of the source. */
export function createTrustModels(options: WebOfTrustOptions): TrustModels {
  const web = createWebOfTrust(options);
  const { source, atMs, completes = 1, marginals = 3, depth = 5 } = options;
  return {
    web,
    keyring: { name: 'keyring', identity: `keyring ${source.identity}`, judge: (signer) => judgeByKeyring(source, signer) },
    // Validity ends as certifications expire, so a judgement is cached for an hour at most.
    webOfTrust: {
      name: 'web-of-trust',
      identity: `web-of-trust ${completes} ${marginals} ${depth} ${Math.floor(atMs / 3_600_000)} ${source.identity}`,
      judge: (signer) => judgeByWeb(web, signer),
    },
  };
}

async function judgeByKeyring(source: CertificateSource, { fingerprint, source: origin }: Certificate): Promise<SignerTrust> {
  const found = await source.find(fingerprint);
  return found.length > 0
    ? { trusted: true, sentence: `The key is in your keyring (${escapeForDisplay(found[0]?.source ?? origin)}).` }
    : { trusted: false, sentence: 'The key is not in your keyrings.' };
}

async function judgeByWeb(web: WebOfTrust, { fingerprint }: Certificate): Promise<SignerTrust> {
  const explanation = await web.explain(fingerprint);
  if (explanation === null) return { trusted: false, sentence: 'The key is not in your keyrings, so the web of trust says nothing of it.' };
  const { valid, key, beforeItsEnd, sentences } = explanation;
  const why = sentences.slice(0, 3).join(' ');
  // Signatures made after the key's end never get here: their verdict is `expired` or `revoked`.
  if ((key === 'expired' || key === 'revoked') && (beforeItsEnd === 'full' || beforeItsEnd === 'ultimate')) {
    return {
      trusted: true,
      sentence: `The key had ${beforeItsEnd} validity in your web of trust before it ${key === 'expired' ? 'expired' : 'was revoked'}. ${why}`,
    };
  }
  if (valid) return { trusted: true, sentence: `The key has ${key} validity in your web of trust. ${why}` };
  const state = {
    marginal: 'is only marginally valid',
    undefined: 'is not valid',
    unknown: 'is not valid',
    expired: 'has expired',
    revoked: 'is revoked',
    invalid: 'carries no good signature of its own and is not valid',
    full: 'is valid',
    ultimate: 'is valid',
  }[key];
  return { trusted: false, sentence: `The key ${state} in your web of trust. ${why}` };
}
