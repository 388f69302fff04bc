/**
 * Asks mirrors for a file's checksum. There is one collector per file: each mirror is asked once, whichever attempt needs the answer, and a
 * question outlives the attempt that asked it.
 */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { Attempt } from '../../base/error.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { getSmall, type Network, type RequestFailure } from '../../network/mirrors/request.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { checksumMaxBytes } from '../../network/transport/contract/limits.js';
import type { ChecksumAlgorithm, ChecksumClaim } from '../../proof/checksum/claim.js';
import { parseSidecar } from '../../proof/checksum/sidecar.js';

/** A mirror's answer to the question for a file's checksum. */
export interface ClaimAnswer {
  readonly claim: ChecksumClaim | null;
  /** Whether it answered at all: with a checksum, with 'not here', or with a malformed file. */
  readonly reachable: boolean;
  /** Describes the fault of its checksum file. */
  readonly malformed: string | null;
  /** Why it could not be asked, and for which path; null if it answered. */
  readonly failure: (RequestFailure & { readonly path: string }) | null;
}

export interface ClaimFile {
  readonly network: Network;
  readonly path: string;
  /** All mirrors of the repository: a mirror that redirects to another one is not a separate witness. */
  readonly mirrors: readonly Mirror[];
  /** The signal of the file, not of an attempt. */
  readonly signal: CancelSignal;
}

/** Clojars and Central both serve `.sha1`. The others are for mirrors set up in another way. */
const order: readonly ChecksumAlgorithm[] = ['sha1', 'sha256', 'sha512', 'md5'];

export class ClaimCollector {
  readonly #file: ClaimFile;
  /** By the URL of the mirror, like all maps here. */
  readonly #answers = new Map<string, Promise<ClaimAnswer>>();
  readonly #answered = new Set<string>();
  readonly #failures = new Map<string, Attempt>();

  constructor(file: ClaimFile) {
    this.#file = file;
  }

  /**
   * Asks for the mirror's checksum file, once.
   * @param isLast whether no other mirror is left to ask for the file: then a slow first byte is waited for
   */
  ask(mirror: Mirror, isLast?: () => boolean): Promise<ClaimAnswer> {
    const { href } = mirror.url;
    const known = this.#answers.get(href);
    if (known) return known;
    const answer = this.#query(mirror, isLast);
    this.#answers.set(href, answer);
    answer.then(
      ({ reachable }) => {
        if (reachable) this.#answered.add(href);
      },
      () => undefined, // its awaiter gets the error; an attempt that lost its race no longer awaits it
    );
    return answer;
  }

  /** Asks these mirrors at the same time. */
  askAll(mirrors: readonly Mirror[]): Promise<readonly ClaimAnswer[]> {
    return Promise.all(mirrors.map((mirror) => this.#askAndNote(mirror)));
  }

  /**
   * Asks one mirror of each operator that can be a witness, all operators at the same time. Another mirror of the same
   * operator is asked only if the first one has no checksum: several of them are one witness.
   */
  async askOperators(mirrors: readonly Mirror[]): Promise<readonly ClaimAnswer[]> {
    return (await Promise.all(byOperator(mirrors).map((ofOne) => this.#askInTurn(ofOne)))).flat();
  }

  /** Returns the last failed request to each mirror, for the error's list of attempts. */
  failures(): readonly Attempt[] {
    return [...this.#failures.values()];
  }

  /** Prepares for another round: mirrors that failed may be asked again. */
  forgetFailures(): void {
    // Questions still under way belong to attempts that failed, and will most likely fail too.
    for (const mirror of this.#answers.keys()) if (!this.#answered.has(mirror)) this.#answers.delete(mirror);
  }

  async #askInTurn(mirrors: readonly Mirror[]): Promise<readonly ClaimAnswer[]> {
    const answers: ClaimAnswer[] = [];
    for (const mirror of mirrors) {
      const answer = await this.#askAndNote(mirror);
      answers.push(answer);
      // After a redirect, the checksum may come from another operator: then it does not count for this one.
      if (answer.claim?.operator === mirror.operator || answer.failure?.outcome === 'aborted') break;
    }
    return answers;
  }

  async #askAndNote(mirror: Mirror): Promise<ClaimAnswer> {
    const { health } = this.#file.network;
    const { href } = mirror.url;
    const startedMs = health.now();
    const answer = await this.ask(mirror);
    if (answer.failure === null) this.#failures.delete(href);
    else if (answer.failure.outcome !== 'aborted') {
      const { outcome, status, detail, path } = answer.failure;
      this.#failures.set(href, { mirror: href, outcome, status, ms: Math.round(health.now() - startedMs), path, detail });
    }
    return answer;
  }

  async #query(mirror: Mirror, isLast: (() => boolean) | undefined): Promise<ClaimAnswer> {
    const { network, mirrors, signal } = this.#file;
    let malformed: string | null = null;
    for (const algorithm of order) {
      const path = `${this.#file.path}.${algorithm}`;
      const answer = await getSmall(network, mirror, path, { maxBytes: checksumMaxBytes, signal, isLast });
      if (answer.kind === 'failed') return { claim: null, reachable: false, malformed, failure: { ...answer, path } };
      if (answer.kind === 'not-found') continue;
      const sidecar = parseSidecar(answer.bytes, algorithm);
      if (!sidecar.ok) {
        malformed = `${path}: ${sidecar.detail}`;
        continue;
      }
      const speaker = speakerOf(mirror, path, answer.answer, mirrors);
      return { claim: { algorithm, value: sidecar.value, ...speaker, source: 'sidecar' }, reachable: true, malformed, failure: null };
    }
    return { claim: null, reachable: true, malformed, failure: null };
  }
}

/** Groups the mirrors that can be witnesses: of a known operator, and not over plain http. */
function byOperator(mirrors: readonly Mirror[]): readonly (readonly Mirror[])[] {
  const groups = new Map<string, Mirror[]>();
  for (const mirror of mirrors) {
    if (mirror.operator === null || mirror.url.protocol === 'http:') continue;
    groups.set(mirror.operator, [...(groups.get(mirror.operator) ?? []), mirror]);
  }
  return [...groups.values()];
}
