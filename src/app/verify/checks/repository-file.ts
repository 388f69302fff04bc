/** One file of the local repository, hashed and judged again; whatever is wrong with it becomes an entry of the report. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { type LocalFile, statFile } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import type { ClientEvent } from '../../../base/event.js';
import { type ArtifactVerification, toResolvedArtifact, wantedFile } from '../../../fetch/artifact.js';
import { type Context, withRun } from '../../../fetch/context.js';
import { digestFile } from '../../../fetch/digest-file.js';
import { judgeLocalFile } from '../../../fetch/local/judge-local-file.js';
import { verdictKey } from '../../../fetch/local/verdict-key.js';
import type { ResolvedFile, WantedFile } from '../../../fetch/wanted-file.js';
import { formatCoordinate } from '../../../maven/coordinate/format.js';
import { baseVersion, isSnapshot, parseTimestampedVersion } from '../../../maven/version/snapshot.js';
import type { Pin } from '../../../proof/evidence.js';
import { failedFile } from '../report/failed-file.js';
import { nothingProven, type VerifiedFile } from '../report/report.js';
import { originOf } from './file-origin.js';
import type { FoundArtifact } from './found-artifact.js';
import { explainLevel } from './why.js';

/**
 * Never throws for what the file is; ERR_ABORTED and ERR_CONFIG are the caller's.
 * @param pin default: that of the trusted-checksum files
 */
export async function verifyRepositoryFile(context: Context, { path, coordinate }: FoundArtifact, pin?: Pin): Promise<VerifiedFile> {
  const { signal } = context.run;
  const warnings: string[] = [];
  let unanswered: readonly string[] | undefined;
  let unproven = false;
  let signature: ArtifactVerification['signature'] = null;
  const emit = (event: ClientEvent): void => {
    if (event.type === 'signature' && event.status !== 'unknown')
      signature = {
        status: event.status,
        fingerprint: event.fingerprint,
        signingKey: event.signingKey,
        userId: null,
        signedAt: null,
        sentence: event.sentence,
      };
    if (event.type !== 'warning') return context.run.emit(event);
    if (event.warning === 'not-asked') unproven = true;
    // Told once for all files that it concerns: see unanswered.ts.
    if (event.repositories === undefined) warnings.push(event.message);
    else unanswered = event.repositories;
  };
  const own = withRun(context, { emit });
  const file = context.store.local.file(path);
  const label = formatCoordinate(coordinate);
  const timestamped = parseTimestampedVersion(coordinate.version) !== null;
  const base = baseVersion(coordinate.version);
  const subject = wantedFile(context, { ...coordinate, version: base }, timestamped ? coordinate.version : null, pin);
  const origin = await originOf(own, subject);
  try {
    const found = await context.store.local.find(path);
    if (found === null) {
      throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
        reason: 'corrupt',
        coordinate: label,
        path: file,
        message: `${file} is empty`,
        hint: 'Delete it and fetch it again.',
      });
    }
    // A name without a timestamp is this machine's: no repository has a file of that name.
    const nameless = isSnapshot(coordinate.version) && !timestamped;
    const ask = origin.kind === 'installed' || nameless ? [] : origin.candidates;
    const result = await judgeLocalFile(own, subject, { found, candidates: ask, repository: origin.repository, again: true });
    await checkRemembered(context, subject, found, result);
    const verification = withSpeaker(toResolvedArtifact(coordinate, result).verification);
    const firstSeen = subject.snapshot ? null : await context.store.firstSeen.check(path);
    const copyOf = nameless && origin.kind !== 'installed' ? await originalOf(file, found, result.sha256) : null;
    const { why, proven } = explainLevel(context, {
      verification,
      proofs: result.proofs,
      pin: subject.pin,
      origin,
      firstSeen,
      copyOf,
      unproven,
    });
    return {
      path: file,
      coordinate: label,
      repository: result.repository,
      size: result.size,
      sha256: result.sha256,
      status: proven && warnings.length === 0 && unanswered === undefined ? 'ok' : 'warning',
      verification,
      why,
      warnings,
      unanswered,
      error: null,
    };
  } catch (error) {
    return failedFile(
      error,
      { path: file, coordinate: label, repository: origin.repository, warnings, verification: { ...nothingProven, signature } },
      signal,
    );
  }
}

/** Who published the checksum was asked just now, and is not remembered. */
function withSpeaker(verification: ArtifactVerification): ArtifactVerification {
  const { checksum, witnesses } = verification;
  const speaker = checksum && witnesses.find(({ agrees, algorithm }) => agrees && algorithm === checksum.algorithm);
  return checksum === null || !speaker
    ? verification
    : { ...verification, checksum: { algorithm: checksum.algorithm, source: speaker.mirror } };
}

/** The same size, times and inode as when it was verified, and other bytes: a fault of the disk, or somebody who set the clock. */
async function checkRemembered(context: Context, subject: WantedFile, found: LocalFile, { sha256 }: ResolvedFile): Promise<void> {
  const known = await context.store.verificationCache.lookup(found, await verdictKey(context.trust, subject));
  if (known === null || known.sha256 === sha256) return;
  throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'corrupt',
    coordinate: subject.coordinate,
    path: found.file,
    message: `${found.file} has other bytes than when it was verified (sha256 ${known.sha256} then, ${sha256} now), though its size and times are the same`,
    hint: 'Either the disk is damaged, or the change was hidden on purpose. Delete the file and fetch it again.',
  });
}

/** The timestamped build that a file under a snapshot's base version is a copy of; null where it is none. */
async function originalOf(file: string, { size }: LocalFile, sha256: string): Promise<string | null> {
  const folder = dirname(file);
  const name = file.slice(folder.length + 1);
  const at = name.lastIndexOf('SNAPSHOT');
  const [before, after] = [name.slice(0, at), name.slice(at + 'SNAPSHOT'.length)];
  const names = await readdir(folder).catch(() => []);
  for (const other of names.sort().reverse()) {
    if (
      !other.startsWith(before) ||
      !other.endsWith(after) ||
      !/^[0-9]{8}\.[0-9]{6}-[0-9]+$/.test(other.slice(before.length, other.length - after.length))
    )
      continue;
    if (statFile(join(folder, other))?.size !== size) continue;
    if ((await digestFile(join(folder, other), ['sha256'])).sha256 === sha256) return other;
  }
  return null;
}
