/**
 * Who says what a file's checksum is. One collector for each file: a mirror is asked once, whoever needs the
 * answer, and the question belongs to the file and not to one attempt, so that a lost attempt does not lose it.
 */
import type { Mirror } from '../repository/repository.js';
import { checksumMaxBytes } from '../transport/limits.js';
import { parseSidecar } from '../verification/checksum/sidecar.js';
import type { ChecksumAlgorithm, ChecksumClaim } from '../verification/level.js';
import { getSmall, type Wire } from './request.js';

/** What a mirror answered when asked for a file's checksum. */
export interface ClaimAnswer {
  readonly claim: ChecksumClaim | null;
  /** It answered at all: with a checksum, with 'not here', or with nonsense. */
  readonly reachable: boolean;
  /** What was wrong with its checksum file. */
  readonly malformed: string | null;
}

export interface ClaimCollector {
  /** The mirror's checksum file; asked once. */
  ask(mirror: Mirror): Promise<ClaimAnswer>;
  /** Asks these mirrors at the same time. */
  askAll(mirrors: readonly Mirror[]): Promise<readonly ClaimAnswer[]>;
}

/** Clojars and Central both serve `.sha1`; the others follow, for mirrors that were made otherwise. */
const order: readonly ChecksumAlgorithm[] = ['sha1', 'sha256', 'sha512', 'md5'];

/** A collector for the file at `path`; `signal` is the file's, not an attempt's. */
export function createClaimCollector(wire: Wire, path: string, signal: AbortSignal): ClaimCollector {
  const answers = new Map<string, Promise<ClaimAnswer>>();

  const query = async (mirror: Mirror): Promise<ClaimAnswer> => {
    let malformed: string | null = null;
    for (const algorithm of order) {
      const answer = await getSmall(wire, mirror, `${path}.${algorithm}`, { maxBytes: checksumMaxBytes, signal });
      if (answer.kind === 'failed') return { claim: null, reachable: false, malformed };
      if (answer.kind === 'not-found') continue;
      const sidecar = parseSidecar(answer.bytes, algorithm);
      if (!sidecar.ok) {
        malformed = `${path}.${algorithm}: ${sidecar.detail}`;
        continue;
      }
      const claim: ChecksumClaim = {
        algorithm,
        value: sidecar.value,
        mirror: mirror.url.href,
        operator: mirror.operator,
        canonical: mirror.canonical,
        trusted: mirror.trusted,
        secure: answer.answer.secure,
        source: 'sidecar',
      };
      return { claim, reachable: true, malformed };
    }
    return { claim: null, reachable: true, malformed };
  };

  const ask = (mirror: Mirror): Promise<ClaimAnswer> => {
    const known = answers.get(mirror.url.href);
    if (known) return known;
    const answer = query(mirror);
    answers.set(mirror.url.href, answer);
    return answer;
  };
  return { ask, askAll: (mirrors) => Promise.all(mirrors.map(ask)) };
}
