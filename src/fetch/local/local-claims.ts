/** Requests the checksums that repositories publish for a file of the local repository. */
import type { RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Network } from '../../network/mirrors/request.js';
import type { ChecksumClaim } from '../../proof/checksum/claim.js';
import type { Parts } from '../context.js';
import { ClaimCollector } from '../download/claims.js';
import type { WantedFile } from '../wanted-file.js';

type Requesting = Parts<'network' | 'run'>;

/** Asks all mirrors of all repositories, and the audits of these: the policy requires more than `local`. Offline, audits alone. */
export async function claimsOfAll(
  context: Requesting,
  { path, policy }: WantedFile,
  candidates: readonly RepositoryCandidate[],
): Promise<readonly ChecksumClaim[]> {
  const { signal, offline } = context.run;
  const network = await context.network.open();
  const answers = await Promise.all(
    candidates.map(({ repository }) => {
      const collector = new ClaimCollector({ network, path, repository, signal });
      return Promise.all([offline ? [] : collector.askAll(repository.mirrors), collector.askAudits(policy.quorum)]);
    }),
  );
  return answers.flat(2).flatMap(({ claim }) => (claim ? [claim] : []));
}

/** Asks the repositories in turn until one has the file; warns about those that did not answer. */
export async function claimsOfFirst(
  context: Requesting,
  { path, coordinate }: WantedFile,
  candidates: readonly RepositoryCandidate[],
): Promise<readonly ChecksumClaim[]> {
  const { signal, emit } = context.run;
  const network = await context.network.open();
  const unreachable: string[] = [];
  for (const { repository } of candidates) {
    const { claims, answered } = await claimsOfRepository(network, path, repository, signal);
    if (claims.length > 0) return claims;
    if (!answered) unreachable.push(repository.id);
  }
  signal.throwIfAborted();
  if (unreachable.length > 0)
    emit({
      type: 'warning',
      warning: 'not-asked',
      message: `${coordinate}: ${unreachable.join(', ')} did not answer, so what it publishes could not be compared`,
      path,
      repositories: unreachable,
    });
  return [];
}

/** Asks the canonical operator's mirrors one by one until one has a checksum, otherwise all other mirrors. */
async function claimsOfRepository(
  network: Network,
  path: string,
  repository: RepositoryCandidate['repository'],
  signal: AbortSignal,
): Promise<{ readonly claims: readonly ChecksumClaim[]; /** Whether the canonical operator answered. */ readonly answered: boolean }> {
  const { mirrors } = repository;
  const collector = new ClaimCollector({ network, path, repository, signal });
  let answered = false;
  for (const mirror of mirrors.filter(({ canonical }) => canonical)) {
    const [answer] = await collector.askAll([mirror]);
    if (answer?.reachable) answered = true;
    if (answer?.claim) return { claims: [answer.claim], answered };
  }
  const others = await collector.askAll(mirrors.filter(({ canonical }) => !canonical));
  return { claims: others.flatMap(({ claim }) => (claim ? [claim] : [])), answered };
}
