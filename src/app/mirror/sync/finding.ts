/** Findings of a sync: files that are not as they should be. */
import { escapeForDisplay } from '../../../base/escape.js';

/**
 * - `changed`: a file that must not change has other bytes at the source. It was not overwritten.
 * - `failed`: the file could not be fetched, or does not match its checksums.
 * - `refused`: the source lists something that must not become a file, such as a path that leads out of the target.
 * - `occupied`: the target has a file of this name that no sync put there. It was left alone.
 * - `waiting`: metadata that was not published, since it names files that the target does not have yet.
 * - `not-deleted`: more files than allowed would be deleted at once, so none was.
 * - `disputed`: another origin has other bytes, or does not have the file. It was not published.
 * - `upstream-dangling`: metadata of the source names a version that the source does not have.
 * - `upstream-wrong`: a file contradicts its checksums, and another origin has the same bytes. It was not published.
 */
export type MirrorFindingKind =
  'changed' | 'failed' | 'refused' | 'occupied' | 'waiting' | 'not-deleted' | 'disputed' | 'upstream-dangling' | 'upstream-wrong';

/** A file that was not copied, or that the source itself has wrong. */
export interface MirrorFinding {
  readonly kind: MirrorFindingKind;
  /** Path of the file, with `/`. Escaped for display if it was refused. */
  readonly key: string;
  readonly detail: string;
}

/** Numbers of findings by kind. */
export type FindingCounts = Readonly<Record<MirrorFindingKind, number>>;

/** A source that lies about everything must not fill the memory. */
const mostKept = 1000;

export class Findings {
  readonly #kept: MirrorFinding[] = [];
  readonly #counts: Record<MirrorFindingKind, number> = {
    changed: 0,
    failed: 0,
    refused: 0,
    occupied: 0,
    waiting: 0,
    'not-deleted': 0,
    disputed: 0,
    'upstream-dangling': 0,
    'upstream-wrong': 0,
  };
  readonly #onFinding: (finding: MirrorFinding) => void;

  constructor(onFinding: (finding: MirrorFinding) => void = () => undefined) {
    this.#onFinding = onFinding;
  }

  add(kind: MirrorFindingKind, key: string, detail: string): void {
    const finding = { kind, key: escapeForDisplay(key, 1024), detail: escapeForDisplay(detail, 500) };
    this.#counts[kind] += 1;
    if (this.#kept.length < mostKept) this.#kept.push(finding);
    this.#onFinding(finding);
  }

  /** The first thousand. */
  get list(): readonly MirrorFinding[] {
    return this.#kept;
  }

  get counts(): FindingCounts {
    return { ...this.#counts };
  }

  /** Whether {@link Findings.list} has all of them. */
  get areAllKept(): boolean {
    return this.#kept.length < mostKept;
  }

  /** The number of those that leave the target unlike the source. */
  get harmful(): number {
    return Object.entries(this.#counts).reduce((sum, [kind, count]) => (isOfUpstream(kind) ? sum : sum + count), 0);
  }

  /** Whether the target is as the source is, apart from what the source itself lacks. */
  get areHarmless(): boolean {
    return this.harmful === 0;
  }
}

/** Whether a finding is a fault of the source that no sync can mend. */
export function isOfUpstream(kind: string): boolean {
  return kind.startsWith('upstream-');
}
