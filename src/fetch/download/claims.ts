/**
 * Asks mirrors for a file's checksum. There is one collector per file: each mirror is asked once, whichever attempt needs the answer, and a
 * question outlives the attempt that asked it.
 */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { Attempt } from '../../base/error.js';
import { independentOperators } from '../../base/independent-operators.js';
import type { AuditWitness } from '../../network/mirrors/audit-witness.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
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
  /** With all its mirrors: a mirror that redirects to another one is not a separate witness. */
  readonly repository: Repository;
  /** The signal of the file, not of an attempt. */
  readonly signal: CancelSignal;
}

/** Clojars and Central both serve `.sha1`. The others are for mirrors set up in another way. */
const order: readonly ChecksumAlgorithm[] = ['sha1', 'sha256', 'sha512', 'md5'];

export class ClaimCollector {
  readonly #file: ClaimFile;
  /** By the URL of the mirror, like all maps here but the one of audits. */
  readonly #answers = new Map<string, Promise<ClaimAnswer>>();
  readonly #answered = new Set<string>();
  readonly #audits = new Map<AuditWitness, Promise<ClaimAnswer>>();
  /** Whether anyone who asked a mirror still waits for a slow first byte. */
  readonly #patience = new Map<string, (() => boolean)[]>();
  /** Mirrors that a question has waited for as long as a first byte may take. */
  readonly #late = new Set<string>();
  /** Called when a mirror becomes late, and when there is another checksum: an asker may then stop waiting. */
  readonly #waiting = new Set<() => void>();
  /** The checksums received so far. */
  readonly #claims: ChecksumClaim[] = [];
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
    const patience = this.#patience.get(href) ?? [];
    if (isLast) this.#patience.set(href, [...patience, isLast]);
    const known = this.#answers.get(href);
    if (known) return known;
    const answer = this.#query(mirror, () => {
      this.#late.add(href);
      this.#checkWaiting();
      return this.#patience.get(href)?.some((waits) => waits()) === true;
    });
    this.#answers.set(href, answer);
    answer.then(
      ({ reachable, claim }) => {
        if (reachable) this.#answered.add(href);
        if (claim === null) return;
        this.#claims.push(claim);
        this.#checkWaiting();
      },
      () => undefined, // its awaiter gets the error; an attempt that lost its race no longer awaits it
    );
    return answer;
  }

  /**
   * Asks these mirrors at the same time.
   * @param quorum the number of operators that must agree: a slow one is awaited while others do not suffice. Default: none is awaited
   */
  askAll(mirrors: readonly Mirror[], quorum?: number): Promise<readonly ClaimAnswer[]> {
    const isNeeded = quorum === undefined ? undefined : () => this.#lacksWitnesses(quorum);
    return Promise.all(mirrors.map((mirror) => this.#askAndNote(mirror, canWitness(mirror) ? isNeeded : undefined)));
  }

  /**
   * Asks one mirror of each operator that can be a witness, all operators at the same time. Another mirror of the same
   * operator is asked only if the first one has no checksum: several of them are one witness.
   * @param quorum the number of operators that must agree: a slow one is awaited while others do not suffice
   */
  async askOperators(mirrors: readonly Mirror[], quorum: number): Promise<readonly ClaimAnswer[]> {
    return (await Promise.all(byOperator(mirrors).map((ofOne) => this.#askInTurn(ofOne, quorum)))).flat();
  }

  /**
   * Asks the audits that the user trusts, all at the same time.
   * @param quorum the number of operators that must agree: an audit whose list is still on its way is awaited while others do not suffice
   */
  askAudits(quorum: number): Promise<readonly ClaimAnswer[]> {
    const { audits = [] } = this.#file.network;
    return Promise.all(audits.map((audit) => this.#askAudit(audit, quorum)));
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

  async #askInTurn(mirrors: readonly Mirror[], quorum: number): Promise<readonly ClaimAnswer[]> {
    const answers: ClaimAnswer[] = [];
    for (const [index, mirror] of mirrors.entries()) {
      const isLast = index === mirrors.length - 1;
      const answer = await this.#askAndNote(mirror, () => isLast && this.#lacksWitnesses(quorum));
      answers.push(answer);
      // After a redirect, the checksum may come from another operator: then it does not count for this one.
      if (answer.claim?.operator === mirror.operator || answer.failure?.outcome === 'aborted') return answers;
    }
    const late = mirrors.find((_, index) => answers[index]?.failure?.outcome === 'timeout');
    if (late !== undefined && this.#lacksWitnesses(quorum)) {
      this.#answers.delete(late.url.href);
      answers.push(await this.#askAndNote(late, () => this.#lacksWitnesses(quorum)));
    }
    return answers;
  }

  async #askAudit(audit: AuditWitness, quorum: number): Promise<ClaimAnswer> {
    const { health } = this.#file.network;
    const key = keyOf(audit);
    const startedMs = health.now();
    const known = this.#audits.get(audit);
    const asked = known ?? this.#queryAudit(audit, key);
    if (known === undefined) this.#audits.set(audit, asked);
    const answer = await this.#inTime(key, asked, () => this.#lacksWitnesses(quorum));
    if (answer.failure !== null && answer.failure.outcome !== 'aborted') {
      const { outcome, status, detail, path } = answer.failure;
      this.#failures.set(key, { mirror: audit.url, outcome, status, ms: Math.round(health.now() - startedMs), path, detail });
    }
    return answer;
  }

  async #queryAudit(audit: AuditWitness, key: string): Promise<ClaimAnswer> {
    const { repository, path, signal } = this.#file;
    const late = setTimeout(() => {
      this.#late.add(key);
      this.#checkWaiting();
    }, auditPatienceMs);
    try {
      const { sha256, failure } = await audit.ask(repository, path, signal);
      if (sha256 === null) return { claim: null, reachable: failure === null, malformed: null, failure };
      const { operator, url: mirror } = audit;
      const claim = { algorithm: 'sha256', value: sha256, mirror, operator, ...signedByKey } as const;
      this.#claims.push(claim);
      this.#checkWaiting();
      return { claim, reachable: true, malformed: null, failure: null };
    } finally {
      clearTimeout(late);
    }
  }

  /** Whether another checksum could still complete a quorum: too few operators have answered, and they agree. */
  #lacksWitnesses(quorum: number): boolean {
    if (this.#operators.size < quorum) return false;
    const counted = this.#claims.filter(({ operator, secure }) => operator !== null && secure);
    const values = new Map(counted.map(({ algorithm, value }) => [algorithm, value]));
    if (counted.some(({ algorithm, value }) => values.get(algorithm) !== value)) return false;
    return independentOperators(counted.map(({ operator, places }) => ({ operator: operator ?? '', places }))).length < quorum;
  }

  /** The operators that can be witnesses. */
  get #operators(): ReadonlySet<string | null> {
    const { network, repository } = this.#file;
    return new Set([...repository.mirrors.filter(canWitness), ...(network.audits ?? [])].map(({ operator }) => operator));
  }

  async #askAndNote(mirror: Mirror, isLast: (() => boolean) | undefined): Promise<ClaimAnswer> {
    const { health } = this.#file.network;
    const { href } = mirror.url;
    const startedMs = health.now();
    const asked = this.ask(mirror, isLast);
    const answer = await this.#inTime(href, asked, isLast ?? never);
    if (answer.failure === null) this.#failures.delete(href);
    else if (answer.failure.outcome !== 'aborted') {
      const { outcome, status, detail, path } = answer.failure;
      this.#failures.set(href, { mirror: href, outcome, status, ms: Math.round(health.now() - startedMs), path, detail });
    }
    return answer;
  }

  /** Returns the answer, or a failure once it is late and not awaited by this asker: another one may wait on. */
  async #inTime(key: string, asked: Promise<ClaimAnswer>, isAwaited: () => boolean): Promise<ClaimAnswer> {
    let check = (): void => undefined;
    const tooLate = new Promise<ClaimAnswer>((resolve) => {
      check = () => {
        if (this.#late.has(key) && !isAwaited()) resolve(withoutAnswer(`${this.#file.path}.${order[0]}`));
      };
    });
    this.#waiting.add(check);
    check();
    try {
      return await Promise.race([asked, tooLate]);
    } finally {
      this.#waiting.delete(check);
    }
  }

  #checkWaiting(): void {
    for (const check of this.#waiting) check();
  }

  async #query(mirror: Mirror, isLast: () => boolean): Promise<ClaimAnswer> {
    const { network, repository, signal } = this.#file;
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
      const speaker = speakerOf(mirror, path, answer.answer, repository.mirrors);
      return { claim: { algorithm, value: sidecar.value, ...speaker, source: 'sidecar' }, reachable: true, malformed, failure: null };
    }
    return { claim: null, reachable: true, malformed, failure: null };
  }
}

const never = (): boolean => false;

/** How long a small list may take. A longer wait is worth it only if a quorum needs the audit. */
const auditPatienceMs = 5_000;

/** The answer of an audit is bound to its key: it may lie at any server. */
const signedByKey = { canonical: false, trusted: false, secure: true, source: 'audit', places: [] } as const;

function keyOf({ operator, url }: AuditWitness): string {
  return `${url} of ${operator}`;
}

function withoutAnswer(path: string): ClaimAnswer {
  const failure = { kind: 'failed', outcome: 'timeout', status: null, path, detail: 'no answer in time' } as const;
  return { claim: null, reachable: false, malformed: null, failure };
}

/** Whether the mirror can be a witness: of a known operator, and not over plain http. */
function canWitness({ operator, url }: Mirror): boolean {
  return operator !== null && url.protocol !== 'http:';
}

/** Groups the mirrors that can be witnesses. */
function byOperator(mirrors: readonly Mirror[]): readonly (readonly Mirror[])[] {
  const groups = new Map<string, Mirror[]>();
  for (const mirror of mirrors) {
    if (mirror.operator === null || !canWitness(mirror)) continue;
    groups.set(mirror.operator, [...(groups.get(mirror.operator) ?? []), mirror]);
  }
  return [...groups.values()];
}
