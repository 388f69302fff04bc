/**
 * Checks whether another repository has a different file under the same name. Requests only its `.sha1`, which every Maven repository has.
 * A difference is reported; the file in use stays.
 */
import { originOf } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { getSmall } from '../../network/mirrors/request.js';
import { speakerOf } from '../../network/mirrors/witness.js';
import { checksumMaxBytes } from '../../network/transport/contract/limits.js';
import { parseSidecar } from '../../proof/checksum/sidecar.js';
import type { Comparisons, Parts, Run } from '../context.js';
import type { WantedFile } from '../wanted-file.js';
import { patienceMs } from './comparisons.js';
import { isDown } from './repository-turns.js';

/** The file that was used. */
export interface UsedFile {
  readonly repository: Repository;
  readonly sha1: string;
}

/** Warns with `dependency-confusion` if the file of `other` differs, with `not-asked` if no mirror of it answers. Never rejects. */
export async function compareFile(
  context: Parts<'network' | 'run'>,
  subject: WantedFile,
  used: UsedFile,
  other: Repository,
  comparisons: Comparisons,
  signal: AbortSignal,
): Promise<void> {
  const { path } = subject;
  const sha1 = await sha1Of(context, path, other, signal).catch(() => 'unknown' as const);
  if (sha1 === 'absent' || sha1 === used.sha1) return;
  if (sha1 === 'unknown') {
    if (!comparisons.tellsSilence(other.id)) return;
    const message = `${other.id} does not answer: files from ${used.repository.id} were not all compared with what it has under their names`;
    context.run.emit({ type: 'warning', warning: 'not-asked', message, path });
    return;
  }
  warnOfConfusion(
    context.run,
    subject,
    'sha1',
    { repository: used.repository.id, digest: used.sha1 },
    { repository: other.id, digest: sha1 },
  );
}

/** One of two different files with the same name. */
interface OneOfTwo {
  readonly repository: string;
  readonly digest: string | undefined;
}

/** Warns of two different files with the same name: users of one repository may mistake the other's file for theirs. */
export function warnOfConfusion(
  { emit }: Run,
  { coordinate, group, path }: WantedFile,
  algorithm: 'sha1' | 'sha256',
  used: OneOfTwo,
  other: OneOfTwo,
): void {
  const message = `${coordinate} is not the same in ${used.repository} (${algorithm} ${used.digest ?? '?'}) and ${other.repository} (${other.digest ?? '?'}); that of ${used.repository} is used. Bind the group to say whose it is: --repo-for ${group}=ID`;
  emit({ type: 'warning', warning: 'dependency-confusion', message, path });
}

/** Returns the checksum that an authoritative mirror publishes, `absent` or `unknown`. */
async function sha1Of(context: Parts<'network'>, path: string, repository: Repository, signal: AbortSignal): Promise<string> {
  const network = await context.network.open();
  const { health } = network;
  if (isDown(repository, health)) return 'unknown';
  const authorities = health.inOrder(
    repository.mirrors.filter(({ canonical, trusted, lastResort }) => (canonical || trusted) && !lastResort),
  );
  let absent = false;
  for (const mirror of authorities) {
    const startedMs = health.now();
    const answer = await getSmall(network, mirror, `${path}.sha1`, { maxBytes: checksumMaxBytes, signal });
    // Recorded in health, so that the next operation does not wait for this mirror again.
    if (answer.kind === 'failed' && answer.outcome === 'aborted' && health.now() - startedMs >= patienceMs)
      health.outrun(originOf(mirror.url), startedMs);
    if (answer.kind === 'failed') continue;
    const { canonical, trusted } = speakerOf(mirror, `${path}.sha1`, answer.answer, repository.mirrors);
    if (answer.kind === 'not-found') {
      absent = true;
      if (canonical) return 'absent';
    } else if (canonical || trusted) {
      const sidecar = parseSidecar(answer.bytes, 'sha1');
      if (sidecar.ok) return sidecar.value;
    }
  }
  return absent ? 'absent' : 'unknown';
}
