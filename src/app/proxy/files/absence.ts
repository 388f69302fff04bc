/**
 * Remembers for a short time that a repository does not have a file. Build tools ask for many that never existed: a third of Ivy's requests
 * are for sources and documentation. Pure: the caller passes the time.
 */
import { type Attempt, ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import { isSnapshot } from '../../../maven/version/snapshot.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import type { Problem } from '../http/problem.js';

/** How long an absence counts. Snapshots and metadata come and change while a build waits for them. */
const lifetimeMs = { file: 60_000, moving: 10_000 } as const;

export interface AbsencesOptions {
  /** Most absences to remember; beyond that, the least recently used one is forgotten. Default: 10,000. */
  readonly most?: number | undefined;
}

interface Absence {
  /** Base URL of the mirror that said so. */
  readonly mirror: string;
  readonly learnedMs: number;
}

/** The error of a file that was absent a moment ago: no mirror was asked again. */
export class RememberedAbsence extends ClojarsFetchError {
  readonly ageMs: number;

  constructor(path: string, repository: string, mirror: string, ageMs: number) {
    super('ERR_NOT_FOUND', {
      reason: 'absent',
      coordinate: path,
      message: `${path} is not in ${repository}: ${mirror} said so ${Math.round(ageMs / 1000)} s ago`,
      hint: 'If it was published just now, try again in a minute.',
    });
    this.ageMs = ageMs;
  }
}

/** Says of a 404 whether a mirror was asked for it, and which one (RFC 9211); nothing of an answer that is the proxy's own. */
export function cacheFactsOf(error: unknown): Pick<Problem, 'cacheStatus' | 'ageSeconds'> {
  if (error instanceof RememberedAbsence) return { cacheStatus: { kind: 'hit' }, ageSeconds: error.ageMs / 1000 };
  if (!isClojarsFetchError(error) || error.code !== 'ERR_NOT_FOUND') return {};
  const asked = error.attempts.findLast(({ outcome, path }) => outcome === 'not-found' && path === undefined);
  return asked === undefined ? {} : { cacheStatus: { kind: 'miss', mirror: asked.mirror } };
}

/** Chooses the error for a file that several places do not have: what was asked for now says more than what is remembered. */
export function tellingAbsence(errors: readonly ClojarsFetchError[]): ClojarsFetchError | null {
  return errors.findLast((error) => !(error instanceof RememberedAbsence)) ?? errors.at(-1) ?? null;
}

export class Absences {
  readonly #most: number;
  /** By repository and path, the least recently used first. */
  readonly #known = new Map<string, Absence>();

  constructor({ most = 10_000 }: AbsencesOptions = {}) {
    this.#most = most;
  }

  /** How many absences are remembered, including ones that no longer count. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Learns from the error with which a file could not be had. Only the word of the canonical operator or of a trusted mirror counts, and
   * only a 'not here': a failure, a refusal, or the absence at some other mirror says nothing about the file.
   */
  learn(repository: Repository, { path }: { readonly path: string }, error: ClojarsFetchError, nowMs: number): void {
    const mirror = witnessOf(repository, error);
    if (mirror === null) return;
    const key = keyOf(repository.id, path);
    this.#known.delete(key);
    this.#known.set(key, { mirror, learnedMs: nowMs });
    if (this.#known.size <= this.#most) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      break;
    }
  }

  /** Returns the error for a file that was absent a moment ago, otherwise null. */
  find(repository: string, path: string, nowMs: number): ClojarsFetchError | null {
    const key = keyOf(repository, path);
    const absence = this.#known.get(key);
    if (absence === undefined) return null;
    this.#known.delete(key);
    const ageMs = nowMs - absence.learnedMs;
    // Negative: the clock was set back, so the age is unknown.
    if (!(ageMs >= 0 && ageMs < lifetimeOf(path))) return null;
    this.#known.set(key, absence);
    return new RememberedAbsence(path, repository, absence.mirror, ageMs);
  }

  /** Forgets one file, which may have appeared. */
  forget(repository: string, path: string): void {
    this.#known.delete(keyOf(repository, path));
  }

  /** Forgets everything, for another configuration. */
  clear(): void {
    this.#known.clear();
  }
}

/** Returns the mirror whose 'not here' settles that the repository does not have the file; null if none did. */
function witnessOf(repository: Repository, { code, reason, attempts }: ClojarsFetchError): string | null {
  return code === 'ERR_NOT_FOUND' && reason === 'absent' ? witnessAmong(repository, attempts) : null;
}

function witnessAmong({ mirrors }: Repository, attempts: readonly Attempt[]): string | null {
  const settles = ({ mirror, outcome, path }: Attempt): boolean =>
    outcome === 'not-found' &&
    // Otherwise it is about another file, such as its checksum.
    path === undefined &&
    mirrors.some(({ url, canonical, trusted }) => url.href === mirror && (canonical || trusted));
  return attempts.find(settles)?.mirror ?? null;
}

function lifetimeOf(path: string): number {
  const [file = '', folder = ''] = path.split('/').reverse();
  return file === 'maven-metadata.xml' || isSnapshot(folder) ? lifetimeMs.moving : lifetimeMs.file;
}

function keyOf(repository: string, path: string): string {
  return `${repository} ${path}`;
}
