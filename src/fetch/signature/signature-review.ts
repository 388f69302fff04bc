/**
 * From what can be had of a file's signatures to one verdict, and what it means for the file.
 *
 * One good signature that counts is enough, wherever it came from. What is not good is believed of the canonical
 * operator, of the user's own stores and of the local repository: another mirror could put a throwaway signature in
 * place of the real one. Nothing here depends on who was quick: only on what each says.
 */
import { readFile } from 'node:fs/promises';

import type { Attempt } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import type { SignatureAllowance } from '../../proof/key-map/model/key-map.js';
import type { SignedDocument } from '../../proof/openpgp/packet/signed-document.js';
import { decideSignature, type SignatureDecision, signatureHint, type SignaturePolicy } from '../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../proof/signature-verdict.js';
import type { SignedSubject } from '../../proof/signed-subject.js';
import type { Parts } from '../context.js';
import type { SignatureAnswer, SignatureSources } from './signature-sources.js';
import { compareWithHistory, maySign, readSignerHistory, type RememberingContext } from './signer-history.js';

/** A file whose signatures are to be judged. */
export interface SignedBody {
  readonly document: SignedDocument;
  /** Absolute; its bytes are on the disk once `ready` resolved. */
  readonly file: string;
  readonly ready: () => Promise<void>;
}

export interface SignatureReview {
  readonly decision: Exclude<SignatureDecision, 'ignore'>;
  /** Null where nobody who could know was there to be asked. */
  readonly verdict: SignatureVerdict | null;
  /** The signature file it is about, and whether it came from the repository; null where there is none. */
  readonly signatureFile: { readonly bytes: Uint8Array; readonly fromRepository: boolean } | null;
  /** False where the canonical operator's word is still to come: then it is asked for again the next time. */
  readonly settled: boolean;
  /** What to tell beside it: bad signatures beside a good one. Escaped. */
  readonly warnings: readonly string[];
  /** One sentence: the verdict, or why there is none. Escaped. */
  readonly sentence: string;
  readonly hint: string;
  /** Another body under this name could be better: the signature or the name does not fit this one. */
  readonly aboutBody: boolean;
  readonly attempts: readonly Attempt[];
}

export interface SignatureReviewer {
  /** Starts to ask, beside the download. `holder` has the file. */
  begin(holder: Mirror | null): void;
  /** The file came from this mirror, and its checksum is good. */
  bodyVerified(mirror: Mirror): void;
  /** Whether {@link SignatureReviewer.bodyVerified} makes a difference. */
  readonly wantsEarlyChecksum: boolean;
  /** A good signature is to be expected, by what other files had: the checksum can wait until there is none. */
  expectsProof(): boolean;
  /** Judges one body. Rejects on abort, and where keyrings or records cannot be read. */
  review(body: SignedBody): Promise<SignatureReview>;
}

/** The signed artifact, and the policy for its signatures. */
export interface ReviewSubject {
  /** Repository path of the file. */
  readonly path: string;
  readonly subject: SignedSubject;
  readonly snapshot: boolean;
  readonly policy: SignaturePolicy;
  /** A pin says already which file it is, so that a signature that is gone proves nothing against it. */
  readonly pinned: boolean;
}

export interface ReviewOptions extends ReviewSubject {
  readonly context: RememberingContext;
  /** Id of the repository that has the file; null: no server may be asked. */
  readonly repository: string | null;
  /** Null: no server may be asked. */
  readonly sources: SignatureSources | null;
  /** The signature file of the local repository. */
  readonly local?: Uint8Array | null | undefined;
}

interface Offer {
  readonly bytes: Uint8Array;
  readonly origin: 'canonical' | 'mirror' | 'store' | 'local';
  readonly verdict: SignatureVerdict;
  readonly decision: Exclude<SignatureDecision, 'ignore'>;
  readonly warnings: readonly string[];
}

export function createSignatureReviewer(options: ReviewOptions): SignatureReviewer {
  const { context, subject, policy, sources, repository } = options;
  const { signatureTally } = context.trust;
  const name = `${subject.group}:${subject.artifact}`;
  return {
    begin: (holder) => sources?.begin(holder),
    bodyVerified: (mirror) => sources?.bodyVerified(mirror),
    wantsEarlyChecksum: sources !== null && policy.signatures !== 'require',
    expectsProof: () => repository !== null && signatureTally.expectsProof(name, repository),
    async review(body) {
      const review = await new SignatureReviewing(options, body).run();
      if (repository !== null) signatureTally.note(name, repository, review.decision === 'proof');
      return review;
    },
  };
}

/** A step of the ladder: offers what one source has. True once an offer is a proof. */
type Step = () => Promise<boolean>;

/** The review of one body: sources are asked step by step, until a signature proves the file. */
class SignatureReviewing {
  readonly #options: ReviewOptions;
  readonly #body: SignedBody;
  readonly #offers: Offer[] = [];
  #canonicalSays: SignatureAnswer['kind'] = 'unknown';
  #proof: Offer | null = null;
  /** This very file had a signature once. */
  #wasSigned = false;

  constructor(options: ReviewOptions, body: SignedBody) {
    this.#options = options;
    this.#body = body;
  }

  async run(): Promise<SignatureReview> {
    return this.#withHistory(await this.#ask());
  }

  /** Holds an outcome that would let the file pass against who signed other releases. */
  async #withHistory(review: SignatureReview): Promise<SignatureReview> {
    const { context, subject, policy, pinned } = this.#options;
    const { verdict, decision } = review;
    // A refusal keeps its own reason, except that a missing signature says more with its history.
    if (verdict === null || (decision === 'fail' && (verdict.status !== 'missing' || this.#wasSigned))) return review;
    const history = await readSignerHistory(context, this.#options);
    if (history === null) return review;
    const finding = compareWithHistory(history, verdict, { subject, mode: policy.signatures });
    if (
      finding.kind === 'fits' ||
      (decision === 'fail' && finding.kind === 'warning') ||
      (pinned && finding.kind === 'refused' && finding.status === 'signer-lost')
    )
      return review;
    if (finding.kind === 'warning') return { ...review, warnings: [...review.warnings, finding.sentence] };
    return {
      ...review,
      decision: 'fail',
      verdict: { ...verdict, status: finding.status, sentence: finding.sentence },
      sentence: finding.sentence,
      hint: signatureHint(finding.status, subject, verdict.fingerprint ?? verdict.signingKey),
      aboutBody: finding.status === 'signer-changed',
    };
  }

  async #ask(): Promise<SignatureReview> {
    const { local, sources } = this.#options;
    const ladder: readonly Step[] = [
      ...(local ? [() => this.#consider({ kind: 'found', bytes: local, mirror: null, canonical: false }, 'local')] : []),
      ...(sources === null ? [] : this.#askSteps(sources)),
    ];
    for (const step of ladder) {
      if ((await step()) && this.#proof !== null) return this.#conclude(this.#proof);
    }
    const chosen = choose(this.#offers, this.#canonicalSays);
    if (chosen !== null) return this.#conclude(chosen);
    return this.#canonicalSays === 'missing' ? this.#missing() : this.#unknown();
  }

  /** First answer, canonical operator, stores, other mirrors. */
  #askSteps(sources: SignatureSources): readonly Step[] {
    let needsCanonical = false;
    return [
      async () => {
        const first = await sources.first();
        const isCanonical = first.kind === 'found' && first.canonical;
        needsCanonical = first.kind === 'found' && !isCanonical;
        if (isCanonical || first.kind === 'missing') this.#canonicalSays = first.kind;
        return this.#consider(first, isCanonical ? 'canonical' : 'mirror');
      },
      async () => {
        if (!needsCanonical) return false;
        const answer = await sources.canonical();
        const isCanonical = answer.kind !== 'found' || answer.canonical;
        this.#canonicalSays = isCanonical ? answer.kind : 'unknown';
        return this.#consider(answer, isCanonical ? 'canonical' : 'mirror');
      },
      async () => {
        for await (const answer of sources.stores()) if (await this.#consider(answer, 'store')) return true;
        return false;
      },
      async () => {
        if (!this.#mayBeBetter()) return false;
        for (const answer of await sources.others()) if (await this.#consider(answer, 'mirror')) return true;
        return false;
      },
    ];
  }

  /** Whether a mirror that was not heard yet could change the outcome. */
  #mayBeBetter(): boolean {
    const soFar = choose(this.#offers, this.#canonicalSays);
    if (soFar === null) return this.#canonicalSays === 'unknown' || this.#options.policy.signatures === 'require';
    return soFar.decision === 'fail' && (soFar.verdict.status === 'bad' || soFar.verdict.status === 'malformed');
  }

  /** Judges what was answered; true if it is a proof. The same bytes are judged once, for the source that is believed most. */
  async #consider(answer: SignatureAnswer, origin: Offer['origin']): Promise<boolean> {
    if (answer.kind !== 'found') return false;
    const known = this.#offers.findIndex((other) => Buffer.compare(other.bytes, answer.bytes) === 0);
    const before = this.#offers[known];
    let offer: Offer;
    if (before === undefined) {
      offer = await this.#judge(answer.bytes, origin);
      this.#offers.push(offer);
    } else {
      offer = believed.indexOf(origin) < believed.indexOf(before.origin) ? { ...before, origin } : before;
      this.#offers[known] = offer;
    }
    if (offer.decision === 'proof') this.#proof = offer;
    return offer.decision === 'proof';
  }

  async #judge(bytes: Uint8Array, origin: Offer['origin']): Promise<Offer> {
    const { context, subject, policy } = this.#options;
    const verdicts = await context.trust.signatures.check(bytes, this.#body.document, subject, policy);
    const verdict = await withNameAndHistory(this.#options, this.#body, verdicts);
    const others = verdict.status === 'good' ? verdicts.filter(({ status }) => status === 'bad' || status === 'malformed') : [];
    const warnings = others.map(({ sentence }) => `beside a good signature there is another one: ${sentence}`);
    return { bytes, origin, verdict, decision: await this.#decide(verdict), warnings };
  }

  async #decide(verdict: SignatureVerdict): Promise<Offer['decision']> {
    const { context, subject, policy } = this.#options;
    const decision = decideSignature(verdict.status, policy.signatures, policy.weak);
    const mayBeAllowed = decision === 'fail' && policy.signers === null;
    if (mayBeAllowed && isAllowed(verdict, await context.trust.signatures.allowance(subject))) return 'warn';
    return decision === 'ignore' ? 'warn' : decision;
  }

  #conclude({ verdict, decision, warnings, bytes, origin }: Offer): SignatureReview {
    // A signature that proves nothing is not kept if it comes from a mirror that could have put it there.
    const settled = decision === 'proof' || origin !== 'mirror';
    return {
      settled,
      decision,
      verdict,
      warnings,
      signatureFile: settled ? { bytes, fromRepository: origin === 'canonical' || origin === 'mirror' } : null,
      sentence: verdict.sentence,
      hint: signatureHint(verdict.status, this.#options.subject, verdict.fingerprint ?? verdict.signingKey),
      aboutBody: verdict.status === 'bad' || verdict.status === 'wrong-coordinate' || verdict.status === 'signer-changed',
      attempts: this.#attempts(),
    };
  }

  async #missing(): Promise<SignatureReview> {
    const { context, subject, path, snapshot } = this.#options;
    const { signers: record } = context.store;
    const name = `${subject.group}:${subject.artifact}`;
    const before = snapshot ? null : await record.signerOf(path);
    this.#wasSigned = before !== null;
    const signers = await record.signersOf(name);
    const others = signers === null ? '' : `, and other releases of ${name} are, by ${signers.join(', ')}`;
    const sentence = before === null ? `it is not signed${others}` : `it is not signed now, and was signed before, by ${before}`;
    const verdict = unsigned(sentence);
    return {
      // A signature that was there once does not go away by itself.
      decision: before !== null ? 'fail' : await this.#decide(verdict),
      verdict,
      sentence,
      settled: true,
      signatureFile: null,
      warnings: [],
      aboutBody: false,
      hint:
        before !== null ? 'The signature was taken away. Do not use the file until you know why.' : signatureHint('missing', subject, null),
      attempts: this.#attempts(),
    };
  }

  #unknown(): SignatureReview {
    const { policy, sources } = this.#options;
    return {
      decision: policy.signatures === 'require' ? 'fail' : 'warn',
      verdict: null,
      settled: false,
      signatureFile: null,
      warnings: [],
      aboutBody: false,
      sentence:
        sources === null
          ? 'whether it is signed is not known here, and nobody may be asked'
          : 'whether it is signed is not known: the canonical repository could not be asked, and no other has a signature',
      hint:
        sources === null
          ? 'Run once without --offline.'
          : 'Try again when the canonical repository answers, or keep its signatures in a signature store.',
      attempts: this.#attempts(),
    };
  }

  #attempts(): readonly Attempt[] {
    return this.#options.sources?.attempts() ?? [];
  }
}

/** Who is believed about a signature that is not good, the most first. */
const believed: readonly Offer['origin'][] = ['canonical', 'local', 'store', 'mirror'];

/** The offer that decides where none is a proof; null where the canonical operator's 'there is none', or nothing, does. */
function choose(offers: readonly Offer[], canonicalSays: SignatureAnswer['kind']): Offer | null {
  const worst = (of: readonly Offer[]): Offer | null => of.find(({ decision }) => decision === 'fail') ?? of[0] ?? null;
  for (const origin of believed) {
    // A mirror can neither take a signature away nor invent one.
    if (origin === 'mirror' && canonicalSays !== 'unknown') return null;
    const one = worst(offers.filter((offer) => offer.origin === origin));
    if (one !== null) return one;
  }
  return null;
}

/** What a key map lets pass: `noSig`, `noKey`, `badSig`; Gradle's trusted artifacts. It is no proof then. */
function isAllowed({ status, signingKey, keyId }: SignatureVerdict, allowance: SignatureAllowance | null): boolean {
  if (allowance === null) return false;
  if (status === 'missing') return allowance.missing;
  if (status === 'bad') return allowance.bad;
  if (status === 'untrusted') return allowance.untrusted;
  return (
    status === 'unknown-key' &&
    (allowance.unknownKey ||
      allowance.unknownKeys.some((known) => known === signingKey || (signingKey === null && keyId !== null && known.endsWith(keyId))))
  );
}

/** The verdict of one signature file: its best signature, with history and name taken into account. */
async function withNameAndHistory(
  options: ReviewOptions,
  body: SignedBody,
  verdicts: readonly SignatureVerdict[],
): Promise<SignatureVerdict> {
  const { context, subject, path } = options;
  const good = verdicts.filter(({ status }) => status === 'good');
  const [first] = good;
  if (first === undefined) return verdicts[0] ?? { ...unsigned('its signature file holds no signature'), status: 'malformed' };
  const history = await readSignerHistory(context, options);
  const one = history === null ? first : good.find(({ fingerprint }) => maySign(history, fingerprint));
  if (one === undefined) {
    return {
      ...first,
      status: 'signer-changed',
      sentence: `${subject.group}:${subject.artifact} was signed by ${history?.binding.join(', ') ?? ''} until now, and this is signed by ${first.fingerprint ?? '?'}${first.userId === null ? '' : ` (${escapeForDisplay(first.userId)})`}`,
    };
  }
  const why = await checkName(context, subject, path, body);
  return why === null
    ? one
    : {
        ...one,
        status: 'wrong-coordinate',
        sentence: `the signature of ${one.fingerprint ?? '?'} is good, but the file is another one: ${why}`,
      };
}

/** Why the file is not the one that was asked for, by its own words, which are signed too; null where it does not say. */
async function checkName(
  context: Parts<'store' | 'trust'>,
  subject: SignedSubject,
  path: string,
  body: SignedBody,
): Promise<string | null> {
  const { extension, classifier } = subject;
  if (extension === 'pom') {
    await body.ready();
    return context.trust.checkPom(await readFile(body.file), subject);
  }
  if (!/\.(?:jar|war|ear|aar|bundle|nbm)$/.test(path) || classifier === 'sources' || classifier === 'javadoc') return null;
  const [{ readPomProperties }, { checkJarCoordinate }] = await Promise.all([
    import('../jar/pom-properties.js'),
    import('../jar/jar-coordinate.js'),
  ]);
  await body.ready();
  const reading = await readPomProperties(body.file);
  // A signed POM as the jar would be the author's bytes, under a name that he never gave them, and stay there.
  return reading.status === 'read' ? checkJarCoordinate(reading, subject) : `it is not a jar that Java could open: ${reading.reason}`;
}

function unsigned(sentence: string): SignatureVerdict {
  return {
    status: 'missing',
    fingerprint: null,
    signingKey: null,
    keyId: null,
    userId: null,
    signedAtMs: null,
    algorithm: null,
    hash: null,
    sentence,
    notes: [],
  };
}

/**
 * Remembers who signed, before the file gets its name. Null when that stands; else another signer was first, and the
 * verdict is `signer-changed`.
 */
export async function recordSigner(
  context: Parts<'store' | 'trust' | 'run'>,
  options: ReviewSubject,
  review: SignatureReview,
): Promise<SignatureVerdict | null> {
  const { subject, path, snapshot, policy } = options;
  const { verdict } = review;
  if (review.decision !== 'proof' || verdict === null || verdict.fingerprint === null) return null;
  if (context.trust.signatures.remembersSigners && policy.signers === null) {
    const name = `${subject.group}:${subject.artifact}`;
    const standing = await context.store.signers.record(name, verdict.fingerprint, context.run.signal);
    if (!standing.includes(verdict.fingerprint)) {
      if (context.trust.acceptSigners[name] !== verdict.fingerprint) {
        return {
          ...verdict,
          status: 'signer-changed',
          sentence: `${name} is signed by ${standing.join(', ')}, which was recorded a moment ago, and this is signed by ${verdict.fingerprint}`,
        };
      }
      await context.store.signers.accept(name, verdict.fingerprint, context.run.signal);
    }
  }
  if (!snapshot) await context.store.signers.noteSigned(path, verdict.fingerprint, context.run.signal);
  return null;
}
