/** Turns races without a winner into the one error that the user sees. Keeps absent, unreachable and forged apart. */
import { descriptorsHint } from '../../base/disk/file-error.js';
import { type Attempt, type AttemptOutcome, ClojarsFetchError } from '../../base/error.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { FetchResult } from '../download/file-request.js';

type NoFile = Extract<FetchResult, { kind: 'none' }>;

/** Returns the error for one repository that could not deliver; `coordinate` names the subject. */
export function failureFor(repository: Repository, path: string, coordinate: string, result: NoFile): ClojarsFetchError {
  const { attempts } = result;
  const authority = result.rejections.find(({ mirror, verdict }) => (mirror.canonical || mirror.trusted) && verdict.code !== 'ERR_QUORUM');
  if (authority) return rejected(coordinate, attempts, authority);
  if (result.canonicalNotFound || result.allNotFound) {
    const holders = result.rejections.map(({ mirror }) => mirror.url.href);
    if (holders.length === 0) return absent([repository], path, coordinate, attempts);
    return new ClojarsFetchError('ERR_NOT_FOUND', {
      reason: 'withdrawn-or-unpublished',
      coordinate,
      attempts,
      message: `${coordinate}: ${repository.id} itself says that it does not have ${path}, but ${holders.join(', ')} served one without further proof`,
      hint: 'The release may have been withdrawn, or is too new. Pin its checksum with --trusted-checksums if you know that it is good.',
    });
  }
  const rejection = result.rejections[0];
  if (rejection) return rejected(coordinate, attempts, rejection);
  if (result.trustedNotFound) return absentAtTrusted(repository, path, coordinate, attempts);
  return unreachable([repository], coordinate, attempts, result.firstFailure?.outcome ?? 'timeout');
}

/** Returns the error of a file that a trusted mirror does not have while the canonical operator is out of reach. */
export function absentAtTrusted(
  { id, mirrors }: Repository,
  path: string,
  coordinate: string,
  attempts: readonly Attempt[],
): ClojarsFetchError {
  const isTrusted = (mirror: string): boolean => mirrors.some(({ url, trusted }) => trusted && url.href === mirror);
  const mirror = attempts.find((attempt) => attempt.outcome === 'not-found' && isTrusted(attempt.mirror))?.mirror ?? 'a trusted mirror';
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate,
    attempts,
    message: `${coordinate} is not at ${mirror}, and ${id} itself is out of reach (${path})`,
    hint: 'If it was published just now, try again when the repository can be reached.',
  });
}

/** Returns the error if none of the repositories has the file. */
export function absent(
  repositories: readonly Repository[],
  path: string,
  coordinate: string,
  attempts: readonly Attempt[],
): ClojarsFetchError {
  const names = repositories.map(({ id }) => id).join(', ');
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate,
    attempts,
    message: `${coordinate} is not in ${names || 'any repository'} (${path})`,
    hint: path.endsWith('maven-metadata.xml')
      ? 'Check group and artifact; hiccup alone means hiccup/hiccup. --repo ID=URL names another repository.'
      : `Check group, artifact and version: \`clojars-fetch versions ${coordinate.split(':').slice(0, 2).join('/')}\` lists the versions.`,
  });
}

/** Returns the error if no mirror of these repositories gave a usable answer. */
export function unreachable(
  repositories: readonly Repository[],
  coordinate: string,
  attempts: readonly Attempt[],
  outcome: AttemptOutcome,
): ClojarsFetchError {
  const ids = repositories.map(({ id }) => id);
  const isOurLimit = attempts.some((attempt) => attempt.outcome === 'io' && attempt.detail?.includes('too many open files') === true);
  return new ClojarsFetchError(outcome === 'too-large' ? 'ERR_LIMIT' : 'ERR_UNREACHABLE', {
    reason: outcome === 'io' || outcome === 'aborted' ? 'timeout' : outcome,
    coordinate,
    attempts,
    message: `${coordinate}: no mirror of ${ids.join(' or ')} could be reached or gave a usable answer`,
    hint: isOurLimit
      ? descriptorsHint
      : `Try again later, add a mirror with ${ids.map((id) => `--mirror ${id}=URL`).join(' or ')}, or see \`clojars-fetch doctor\`.`,
  });
}

function rejected(coordinate: string, attempts: readonly Attempt[], { mirror, verdict }: NoFile['rejections'][number]): ClojarsFetchError {
  return new ClojarsFetchError(verdict.code, {
    reason: verdict.reason,
    coordinate,
    attempts,
    message: `${coordinate}: what ${mirror.url.href} served was refused: ${verdict.message}`,
    cause: new ClojarsFetchError(verdict.code, { reason: verdict.reason, message: verdict.message }),
    hint:
      verdict.hint ??
      `Do not use that file. Another mirror may have the right one: --mirror ID=URL. Tell the operator of ${mirror.url.host}.`,
  });
}
