import type { Mirror } from '../../network/mirrors/repository.js';
import type { ClaimAnswer } from './claims.js';
import type { FileState } from './file-state.js';
import { askWitnesses, needsWitnesses } from './judge.js';

/**
 * Asks for the checksums and signatures that one attempt needs while its body arrives. A repository that may not have the file is asked
 * only once the mirror turns out to have it.
 */
export class AttemptQuestions {
  readonly #state: FileState;
  readonly #mirror: Mirror;
  readonly #isLast: () => boolean;
  /**
   * Whether the mirror's checksum file is requested at once. If a good signature is expected, the checksum is requested only once that is
   * missing.
   */
  readonly wantsChecksum: boolean;
  #own: Promise<ClaimAnswer> | null = null;
  #witnesses: Promise<readonly ClaimAnswer[]> | null = null;

  /** @param isLast whether no other mirror is left to ask */
  constructor(state: FileState, mirror: Mirror, isLast: () => boolean) {
    const { checksumExempt, signatures } = state.request;
    this.#state = state;
    this.#mirror = mirror;
    this.#isLast = isLast;
    this.wantsChecksum = !checksumExempt && signatures?.expectsProof() !== true;
    if (state.eager) this.ask(null);
  }

  /** Answers of the other operators; null if the policy does not need them. */
  get witnesses(): Promise<readonly ClaimAnswer[]> | null {
    return this.#witnesses;
  }

  /** @param holder the mirror that is known to have the file */
  ask(holder: Mirror | null): void {
    const { request } = this.#state;
    if (this.wantsChecksum) this.askChecksum();
    if (needsWitnesses(this.#state)) this.#witnesses ??= askWitnesses(this.#state, this.#mirror);
    request.signatures?.begin(holder);
  }

  /** Asks for the mirror's checksum. Call it if the expected signature is not a proof. */
  askChecksum(): void {
    this.#own ??= this.#state.claims.ask(this.#mirror, this.#isLast);
  }

  /** Returns the answer to the question for the mirror's checksum file; null if it was not asked. */
  ownAnswer(): Promise<ClaimAnswer> | null {
    return this.#own;
  }
}
