/**
 * Fetches the `maven-metadata.xml` of one repository. The canonical operator and trusted mirrors are authoritative and
 * are raced. Only if none of them answers are all other mirrors asked, and a quorum of operators decides (design
 * section 5).
 */
import type { Attempt } from '../../base/error.js';
import type { ClientEvent } from '../../base/event.js';
import type { MetadataSource } from '../../maven/metadata/merge.js';
import { MetadataError, type MetadataSubject, parseMetadata } from '../../maven/metadata/metadata.js';
import { type AttemptMonitor, type AttemptResult, race } from '../../network/mirrors/race.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import { getSmall, type Network } from '../../network/mirrors/request.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { metadataMaxBytes } from '../../network/transport/limits.js';
import { createDigester } from '../../proof/checksum/digest.js';
import { type ClaimCollector, createClaimCollector } from '../download/claims.js';

/** One mirror's metadata, with the bytes as served. */
export interface FetchedMetadata extends MetadataSource {
  readonly bytes: Uint8Array;
}

export type MetadataResult =
  | { readonly kind: 'found'; readonly sources: readonly FetchedMetadata[]; readonly attempts: readonly Attempt[] }
  | { readonly kind: 'not-found'; readonly attempts: readonly Attempt[] }
  | { readonly kind: 'unreachable'; readonly attempts: readonly Attempt[] };

export interface MetadataRequest {
  readonly repository: Repository;
  readonly path: string;
  readonly subject: MetadataSubject;
  readonly signal: AbortSignal;
  readonly emit: (event: ClientEvent) => void;
}

/** Fetches the metadata, checks it against the mirror's own checksum if there is one, and parses it. */
export async function fetchMetadata(network: Network, request: MetadataRequest): Promise<MetadataResult> {
  const { repository, path, signal, emit } = request;
  const { health } = network;
  const ordered = health.inOrder(repository.mirrors, { probe: true });
  const authorities = ordered.filter((mirror) => mirror.canonical || mirror.trusted);
  const others = ordered.filter((mirror) => !authorities.includes(mirror));
  const claims = createClaimCollector(network, path, repository.mirrors, signal);

  let canonicalNotFound = false;
  const result = await race<FetchedMetadata>({
    repository,
    mirrors: authorities,
    path,
    health,
    signal,
    emit,
    attempt: async (mirror, monitor, attemptSignal) => {
      const answer = await attempt(network, request, claims, mirror, monitor, attemptSignal);
      if (answer.kind === 'not-found' && answer.canonical) canonicalNotFound = true;
      return answer;
    },
  });
  if (result.winner) return { kind: 'found', sources: [result.winner.value], attempts: result.attempts };
  if (canonicalNotFound) return { kind: 'not-found', attempts: result.attempts };
  if (others.length === 0) {
    return { kind: result.failed.length === 0 && result.notFound.length > 0 ? 'not-found' : 'unreachable', attempts: result.attempts };
  }
  const attempts = [...result.attempts];
  const sources: FetchedMetadata[] = [];
  await Promise.all(
    others.map(async (mirror) => {
      const one = await race<FetchedMetadata>({
        repository,
        mirrors: [mirror],
        path,
        health,
        signal,
        emit,
        attempt: (asked, monitor, attemptSignal) => attempt(network, request, claims, asked, monitor, attemptSignal),
      });
      attempts.push(...one.attempts);
      if (one.winner) sources.push(one.winner.value);
    }),
  );
  return sources.length > 0 ? { kind: 'found', sources, attempts } : { kind: 'unreachable', attempts };
}

/** A 404, and whether it is the canonical operator's word. */
interface NotFound {
  readonly kind: 'not-found';
  readonly status: number;
  readonly canonical: boolean;
}

async function attempt(
  network: Network,
  request: MetadataRequest,
  claims: ClaimCollector,
  mirror: Mirror,
  monitor: AttemptMonitor,
  signal: AbortSignal,
): Promise<Exclude<AttemptResult<FetchedMetadata>, { kind: 'not-found' }> | NotFound> {
  const answer = await getSmall(network, mirror, request.path, {
    maxBytes: metadataMaxBytes,
    signal,
    holdsSlot: true,
    onHeaders: (bytes) => monitor.headers(bytes),
    onBytes: (bytes) => monitor.received(bytes),
  });
  monitor.transferred();
  if (answer.kind === 'failed') return answer;
  const speaker = speakerOf(mirror, request.path, answer.answer, request.repository.mirrors);
  if (answer.kind === 'not-found') return { kind: 'not-found', status: answer.status, canonical: speaker.canonical };
  const status = answer.answer.status;
  try {
    const metadata = parseMetadata(answer.bytes, request.subject);
    const { claim } = await claims.ask(mirror);
    if (claim) {
      const digester = createDigester([claim.algorithm]);
      digester.update(answer.bytes);
      const actual = digester.digests()[claim.algorithm];
      if (actual !== claim.value) {
        return {
          kind: 'failed',
          outcome: 'checksum-mismatch',
          status,
          detail: `expected ${claim.algorithm} ${claim.value}, got ${String(actual)}`,
        };
      }
    }
    const value: FetchedMetadata = {
      metadata,
      bytes: answer.bytes,
      ...speaker,
    };
    return { kind: 'won', value, status };
  } catch (error) {
    if (error instanceof MetadataError) return { kind: 'failed', outcome: 'not-maven', status, detail: error.message };
    throw error;
  }
}
