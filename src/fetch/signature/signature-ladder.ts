/**
 * Asks the sources of signatures for one body step by step, like a ladder, until one proves it.
 *
 * One good signature that counts is enough, whatever its source. A signature that is not good is believed only from the canonical operator,
 * the user's own stores and the local repository: another mirror could replace the real one with a throwaway signature. Nothing depends on
 * which source was quick, only on what each one serves.
 */
import { isSshSignature } from '../../proof/openpgp/signature/ssh-signature.js';
import { decideUnsigned, type JudgedSignature, judgeSignatureFile } from './judge-signature-file.js';
import type { ReviewDecision, ReviewOptions, SignedBody } from './signature-review.js';
import type { LateAnswer, SignatureAnswer, SignatureSources } from './signature-sources.js';
import type { SignerHistory } from './signer-history.js';

/** A judged signature file, and the source it came from. */
export interface Offer extends JudgedSignature {
  readonly bytes: Uint8Array;
  readonly origin: 'canonical' | 'mirror' | 'store' | 'local';
}

/** The end of the ladder: a signature file decides, the canonical operator has none, or no source that would know answered. */
export type LadderOutcome =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | {
      readonly kind: 'missing';
      readonly decision: ReviewDecision;
      /** The signer of the file's last good signature; null if it never had one, or is a snapshot. */
      readonly before: string | null;
      /** The signers of other releases. */
      readonly others: readonly string[];
      /** Whether there is an SSH signature instead. */
      readonly hasSsh: boolean;
    }
  | { readonly kind: 'unknown'; readonly hasSsh: boolean };

/** A step of the ladder: considers one source. True once a signature proves the file. */
type Step = () => Promise<boolean>;

export class SignatureLadder {
  readonly #options: ReviewOptions;
  readonly #body: SignedBody;
  readonly #readHistory: () => Promise<SignerHistory | null>;
  readonly #offers: Offer[] = [];
  #canonicalSays: SignatureAnswer['kind'] = 'unknown';
  #proof: Offer | null = null;
  #hasSsh = false;

  constructor(options: ReviewOptions, body: SignedBody, readHistory: () => Promise<SignerHistory | null>) {
    this.#options = options;
    this.#body = body;
    this.#readHistory = readHistory;
  }

  async run(): Promise<LadderOutcome> {
    const { local, sources } = this.#options;
    const ladder: readonly Step[] = [
      ...(local ? [() => this.#consider({ kind: 'found', bytes: local, mirror: null, canonical: false }, 'local')] : []),
      ...(sources === null ? [] : this.#serverSteps(sources)),
    ];
    for (const step of ladder) {
      if ((await step()) && this.#proof !== null) return { kind: 'offer', offer: this.#proof };
    }
    const offer = choose(this.#offers, this.#canonicalSays);
    if (offer !== null) return { kind: 'offer', offer };
    return this.#canonicalSays === 'missing' ? this.#missing() : { kind: 'unknown', hasSsh: this.#hasSsh };
  }

  /** The first answer, the canonical operator, stores, other mirrors, servers that were slow. */
  #serverSteps(sources: SignatureSources): readonly Step[] {
    let needsCanonical = false;
    return [
      async () => {
        const first = await sources.first();
        const isCanonical = first.kind === 'found' && first.canonical;
        needsCanonical = first.kind === 'found' && !isCanonical;
        if (isCanonical || first.kind === 'missing') this.#canonicalSays = withoutSsh(first).kind;
        return this.#consider(first, isCanonical ? 'canonical' : 'mirror');
      },
      async () => {
        if (!needsCanonical) return false;
        const answer = await sources.canonical();
        const isCanonical = answer.kind !== 'found' || answer.canonical;
        this.#canonicalSays = isCanonical ? withoutSsh(answer).kind : 'unknown';
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
      async () => {
        for await (const answer of sources.late(this.#isRefusedUnheard())) if (await this.#considerLate(answer)) return true;
        return false;
      },
    ];
  }

  async #considerLate({ answer, isStore }: LateAnswer): Promise<boolean> {
    if (isStore) return this.#consider(answer, 'store');
    const isCanonical = answer.kind === 'missing' || (answer.kind === 'found' && answer.canonical);
    if (isCanonical) this.#canonicalSays = withoutSsh(answer).kind;
    return this.#consider(answer, isCanonical ? 'canonical' : 'mirror');
  }

  /** Whether a mirror that was not asked yet could change the outcome. */
  #mayBeBetter(): boolean {
    const soFar = choose(this.#offers, this.#canonicalSays);
    if (soFar === null) return this.#canonicalSays === 'unknown' || this.#options.policy.signatures === 'require';
    return soFar.decision === 'fail' && (soFar.verdict.status === 'bad' || soFar.verdict.status === 'malformed');
  }

  /** Whether the word of a mirror would refuse the file because the canonical operator was too slow: it may have a good signature, or none. */
  #isRefusedUnheard(): boolean {
    const soFar = choose(this.#offers, this.#canonicalSays);
    return soFar !== null && soFar.origin === 'mirror' && soFar.decision === 'fail';
  }

  /** Judges an answer; true if it is a proof. Equal bytes are judged once, for the most credible source. */
  async #consider(answer: SignatureAnswer, origin: Offer['origin']): Promise<boolean> {
    if (answer.kind !== 'found') return false;
    if (withoutSsh(answer).kind !== 'found') {
      if (origin !== 'mirror') this.#hasSsh = true;
      return false;
    }
    const known = this.#offers.findIndex((other) => Buffer.compare(other.bytes, answer.bytes) === 0);
    const before = this.#offers[known];
    let offer: Offer;
    if (before === undefined) {
      const judged = await judgeSignatureFile(this.#options, this.#body, answer.bytes, this.#readHistory);
      offer = { ...judged, bytes: answer.bytes, origin };
      this.#offers.push(offer);
    } else {
      offer = believed.indexOf(origin) < believed.indexOf(before.origin) ? { ...before, origin } : before;
      this.#offers[known] = offer;
    }
    if (offer.decision === 'proof') this.#proof = offer;
    return offer.decision === 'proof';
  }

  async #missing(): Promise<LadderOutcome> {
    const { context, path, snapshot } = this.#options;
    const before = snapshot ? null : await context.store.signers.signerOf(path);
    const others = (await this.#readHistory())?.signed ?? [];
    // A published signature does not disappear by itself.
    const decision = before === null ? await decideUnsigned(this.#options) : 'fail';
    return { kind: 'missing', decision, before, others, hasSsh: this.#hasSsh };
  }
}

/** An SSH signature cannot be checked, so it counts as none: `missing` if the canonical operator has it. */
function withoutSsh(answer: SignatureAnswer): SignatureAnswer {
  return answer.kind === 'found' && isSshSignature(answer.bytes) ? { kind: 'missing' } : answer;
}

/** Sources, most credible first, for a signature that is not good. */
const believed: readonly Offer['origin'][] = ['canonical', 'local', 'store', 'mirror'];

/** Returns the deciding offer if none is a proof; null if the canonical operator's 'not here' decides, or nothing does. */
function choose(offers: readonly Offer[], canonicalSays: SignatureAnswer['kind']): Offer | null {
  const worst = (among: readonly Offer[]): Offer | null => among.find(({ decision }) => decision === 'fail') ?? among[0] ?? null;
  for (const origin of believed) {
    // A mirror can neither remove a signature nor invent one.
    if (origin === 'mirror' && canonicalSays !== 'unknown') return null;
    const one = worst(offers.filter((offer) => offer.origin === origin));
    if (one !== null) return one;
  }
  return null;
}
