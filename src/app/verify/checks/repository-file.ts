/** Checks one file of the local repository: hashes it and judges it again. */
import type { LocalFile } from '../../../base/disk/stat-file.js';
import type { ClojarsFetchError } from '../../../base/error.js';
import { type ArtifactVerification, toResolvedArtifact, wantedFile } from '../../../fetch/artifact.js';
import { type Context, withRun } from '../../../fetch/context.js';
import { judgeLocalFile } from '../../../fetch/local/judge-local-file.js';
import { verdictKey } from '../../../fetch/local/verdict-key.js';
import type { ResolvedFile, WantedFile } from '../../../fetch/wanted-file.js';
import { formatCoordinate } from '../../../maven/coordinate/format.js';
import { baseVersion, isSnapshot, parseTimestampedVersion } from '../../../maven/version/snapshot.js';
import type { Pin } from '../../../proof/evidence.js';
import { failedFile } from '../report/failed-file.js';
import { fileError } from '../report/file-error.js';
import { nothingProven, type VerifiedFile } from '../report/report.js';
import { FileEvents } from './file-events.js';
import { type FileOrigin, originOf } from './file-origin.js';
import type { FoundArtifact } from './found-artifact.js';
import { originalOf } from './snapshot-original.js';
import { explainLevel } from './why.js';

/**
 * Reports any problem with the file.
 * @param pin default: that of the trusted-checksum files
 * @throws ClojarsFetchError ERR_ABORTED, ERR_CONFIG
 */
export async function verifyRepositoryFile(context: Context, artifact: FoundArtifact, pin?: Pin): Promise<VerifiedFile> {
  const { path, coordinate } = artifact;
  const events = new FileEvents(context.run.emit);
  const own = withRun(context, { emit: events.emit });
  const timestamped = parseTimestampedVersion(coordinate.version) !== null;
  const base = { ...coordinate, version: baseVersion(coordinate.version) };
  const subject = wantedFile(context, base, timestamped ? coordinate.version : null, pin);
  const origin = await originOf(own, subject);
  const { warnings } = events;
  const about = { path: context.store.local.file(path), coordinate: formatCoordinate(coordinate), repository: origin.repository, warnings };
  try {
    const { result, verification, why, proven } = await judge(own, artifact, subject, origin, events);
    const { unanswered } = events;
    return {
      ...about,
      repository: result.repository,
      size: result.size,
      sha256: result.sha256,
      status: proven && warnings.length === 0 && unanswered === undefined ? 'ok' : 'warning',
      verification,
      why,
      unanswered,
      error: null,
    };
  } catch (error) {
    const verification = { ...nothingProven, signature: events.signature };
    return failedFile(error, { ...about, verification }, context.run.signal);
  }
}

interface Judged {
  readonly result: ResolvedFile;
  readonly verification: ArtifactVerification;
  readonly why: string;
  readonly proven: boolean;
}

async function judge(
  context: Context,
  { path, coordinate }: FoundArtifact,
  subject: WantedFile,
  origin: FileOrigin,
  events: FileEvents,
): Promise<Judged> {
  const { local, firstSeen } = context.store;
  const found = await local.find(path);
  if (found === null) throw fileError('ERR_LOCAL_REPOSITORY', 'corrupt', local.file(path), 'is empty', 'Delete it and fetch it again.');
  // Only this machine writes a snapshot file without a timestamp: no repository has a file of that name.
  const nameless = isSnapshot(coordinate.version) && parseTimestampedVersion(coordinate.version) === null;
  const candidates = origin.kind === 'installed' || nameless ? [] : origin.candidates;
  const result = await judgeLocalFile(context, subject, { found, candidates, repository: origin.repository, again: true });
  await checkRemembered(context, subject, found, result);
  const verification = withSource(toResolvedArtifact(coordinate, result).verification);
  const { why, proven } = explainLevel(context, {
    verification,
    proofs: result.proofs,
    pin: subject.pin,
    origin,
    firstSeen: subject.snapshot ? null : await firstSeen.check(path),
    copyOf: nameless && origin.kind !== 'installed' ? await originalOf(found, result.sha256) : null,
    unproven: events.unproven,
    overHttp: result.overHttp ?? [],
  });
  return { result, verification, why, proven };
}

/** Names the mirror that published the checksum: it was asked just now, whereas a local file has no serving mirror. */
function withSource(verification: ArtifactVerification): ArtifactVerification {
  const { checksum, witnesses } = verification;
  if (checksum === null) return verification;
  const publisher = witnesses.find(({ agrees, algorithm }) => agrees && algorithm === checksum.algorithm);
  if (publisher === undefined) return verification;
  return { ...verification, checksum: { algorithm: checksum.algorithm, source: publisher.mirror } };
}

/** Rejects a file with the size, times and inode of the verified file, but other bytes. */
async function checkRemembered(context: Context, subject: WantedFile, found: LocalFile, { sha256 }: ResolvedFile): Promise<void> {
  const known = context.store.verificationCache.lookup(found, await verdictKey(context.trust, subject));
  if (known !== null && known.sha256 !== sha256) throw changedInSecret(subject, found, known.sha256, sha256);
}

function changedInSecret({ coordinate }: WantedFile, { file }: LocalFile, before: string, now: string): ClojarsFetchError {
  return fileError(
    'ERR_LOCAL_REPOSITORY',
    'corrupt',
    file,
    `has other bytes than when it was verified (sha256 ${before} then, ${now} now), though its size and times are the same`,
    'Either the disk is damaged, or the change was hidden on purpose. Delete the file and fetch it again.',
  ).with({ coordinate });
}
