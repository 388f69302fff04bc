/**
 * Who says what a file's checksum is. One collector for each file: a mirror is asked once, whoever needs the
 * answer, and the question belongs to the file and not to one attempt, so that a lost attempt does not lose it.
 */
import type { Attempt } from '../../base/error.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { getSmall, type Network, type RequestFailure } from '../../network/mirrors/request.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { checksumMaxBytes } from '../../network/transport/limits.js';
import type { ChecksumAlgorithm, ChecksumClaim } from '../../proof/checksum/claim.js';
import { parseSidecar } from '../../proof/checksum/sidecar.js';

/** What a mirror answered when asked for a file's checksum. */
export interface ClaimAnswer {
  readonly claim: ChecksumClaim | null;
  /** It answered at all: with a checksum, with 'not here', or with nonsense. */
  readonly reachable: boolean;
  /** What was wrong with its checksum file. */
  readonly malformed: string | null;
  /** Why it could not be asked, and for which path; null when it answered. */
  readonly failure: (RequestFailure & { readonly path: string }) | null;
}

export interface ClaimCollector {
  /** The mirror's checksum file; asked once. */
  ask(mirror: Mirror): Promise<ClaimAnswer>;
  /** Asks these mirrors at the same time. */
  askAll(mirrors: readonly Mirror[]): Promise<readonly ClaimAnswer[]>;
  /**
   * Asks one mirror of each operator that can be a witness, all operators at the same time. Another mirror of the same
   * operator is asked only where the first could not say: several of them are one witness.
   */
  askOperators(mirrors: readonly Mirror[]): Promise<readonly ClaimAnswer[]>;
  /** The last failed question to each mirror that was asked along with others, for the error's list of attempts. */
  failures(): readonly Attempt[];
  /** Another round begins: mirrors that could not be asked may be asked again. */
  forgetFailures(): void;
}

/** Clojars and Central both serve `.sha1`; the others follow, for mirrors that were made otherwise. */
const order: readonly ChecksumAlgorithm[] = ['sha1', 'sha256', 'sha512', 'md5'];

/**
 * A collector for the file at `path`; `signal` is the file's, not an attempt's.
 * @param mirrors all of the repository, so that one that redirects to another is no witness of its own
 */
export function createClaimCollector(network: Network, path: string, mirrors: readonly Mirror[], signal: AbortSignal): ClaimCollector {
  const answers = new Map<string, Promise<ClaimAnswer>>();
  const answered = new Set<string>();
  const failures = new Map<string, Attempt>();

  const query = async (mirror: Mirror): Promise<ClaimAnswer> => {
    let malformed: string | null = null;
    for (const algorithm of order) {
      const answer = await getSmall(network, mirror, `${path}.${algorithm}`, { maxBytes: checksumMaxBytes, signal });
      if (answer.kind === 'failed')
        return { claim: null, reachable: false, malformed, failure: { ...answer, path: `${path}.${algorithm}` } };
      if (answer.kind === 'not-found') continue;
      const sidecar = parseSidecar(answer.bytes, algorithm);
      if (!sidecar.ok) {
        malformed = `${path}.${algorithm}: ${sidecar.detail}`;
        continue;
      }
      const claim: ChecksumClaim = {
        algorithm,
        value: sidecar.value,
        ...speakerOf(mirror, `${path}.${algorithm}`, answer.answer, mirrors),
        source: 'sidecar',
      };
      return { claim, reachable: true, malformed, failure: null };
    }
    return { claim: null, reachable: true, malformed, failure: null };
  };

  const ask = (mirror: Mirror): Promise<ClaimAnswer> => {
    const known = answers.get(mirror.url.href);
    if (known) return known;
    const answer = query(mirror);
    answers.set(mirror.url.href, answer);
    answer.then(
      ({ reachable }) => {
        if (reachable) answered.add(mirror.url.href);
      },
      () => undefined, // who awaits it gets the error; a lost attempt no longer does
    );
    return answer;
  };
  const askAndNote = async (mirror: Mirror): Promise<ClaimAnswer> => {
    const startedMs = network.health.now();
    const answer = await ask(mirror);
    const { failure } = answer;
    if (!failure) failures.delete(mirror.url.href);
    else if (failure.outcome !== 'aborted') {
      const { outcome, status, detail, path: failedPath } = failure;
      const ms = Math.round(network.health.now() - startedMs);
      failures.set(mirror.url.href, {
        mirror: mirror.url.href,
        outcome,
        status,
        ms,
        path: failedPath,
        detail,
      });
    }
    return answer;
  };
  return {
    ask,
    askAll: (mirrors) => Promise.all(mirrors.map(askAndNote)),
    async askOperators(mirrors) {
      const answers = await Promise.all(
        byOperator(mirrors).map(async (ofOne) => {
          const given: ClaimAnswer[] = [];
          for (const mirror of ofOne) {
            const answer = await askAndNote(mirror);
            given.push(answer);
            // A checksum that another operator answered with, after a redirect, says nothing for this one.
            if (answer.claim?.operator === mirror.operator || answer.failure?.outcome === 'aborted') break;
          }
          return given;
        }),
      );
      return answers.flat();
    },
    failures: () => [...failures.values()],
    forgetFailures() {
      // Questions still under way belong to attempts that failed, and most likely fail as well.
      for (const mirror of answers.keys()) if (!answered.has(mirror)) answers.delete(mirror);
    },
  };
}

/** Mirrors of known operators, not over plain http, by operator: nobody else's word counts in a quorum. */
function byOperator(mirrors: readonly Mirror[]): readonly (readonly Mirror[])[] {
  const groups = new Map<string, Mirror[]>();
  for (const mirror of mirrors) {
    if (mirror.operator === null || mirror.url.protocol === 'http:') continue;
    groups.set(mirror.operator, [...(groups.get(mirror.operator) ?? []), mirror]);
  }
  return [...groups.values()];
}
