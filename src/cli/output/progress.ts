/** A progress line for downloads on a terminal. */
import { escapeForDisplay } from '../../base/escape.js';
import type { ClientEvent } from '../../base/event.js';

/** The terminal on which the line is drawn. */
interface ProgressTarget {
  readonly write: (text: string) => unknown;
  /** Columns of the terminal. */
  readonly columns: number;
}

/** A line that can be wiped to make room for other text. */
export interface Progress {
  update(event: ClientEvent): void;
  /** Draws any other line, cut to the width, no more often than downloads are drawn. */
  show(line: string): void;
  clear(): void;
}

/** Minimum time between two redraws; more often would flicker and slow down slow terminals. */
const redrawEveryMs = 80;

/** @param now milliseconds from a monotonic clock */
export function createProgress(target: ProgressTarget, now: () => number): Progress {
  return new ProgressLine(target, now);
}

class ProgressLine implements Progress {
  readonly #target: ProgressTarget;
  readonly #now: () => number;
  readonly #files = new Map<string, { readonly received: number; readonly total: number | null }>();
  #isDrawn = false;
  #drawnAtMs = Number.NEGATIVE_INFINITY;

  constructor(target: ProgressTarget, now: () => number) {
    this.#target = target;
    this.#now = now;
  }

  update(event: ClientEvent): void {
    if (event.type === 'placed') this.#files.delete(event.path);
    if (event.type !== 'bytes') return;
    this.#files.set(event.path, { received: event.received, total: event.total });
    this.#draw(() => formatProgress(this.#files, this.#target.columns));
  }

  show(line: string): void {
    this.#draw(() => escapeForDisplay(line).slice(0, Math.max(0, this.#target.columns - 1)));
  }

  clear(): void {
    if (this.#isDrawn) this.#target.write('\r\u001b[2K');
    this.#isDrawn = false;
  }

  #draw(format: () => string): void {
    if (this.#now() - this.#drawnAtMs < redrawEveryMs) return;
    this.#drawnAtMs = this.#now();
    this.#target.write(`\r\u001b[2K${format()}`);
    this.#isDrawn = true;
  }
}

/** Formats the line, cut to the terminal's width so that it never wraps: a wrapped line cannot be wiped. */
export function formatProgress(
  files: ReadonlyMap<string, { readonly received: number; readonly total: number | null }>,
  width: number,
): string {
  const [first] = files.entries();
  if (first === undefined) return '';
  const [path, { received, total }] = first;
  const share = total === null || total === 0 ? '' : ` of ${formatBytes(total)} (${Math.min(100, Math.floor((received / total) * 100))} %)`;
  const others = files.size > 1 ? `, ${files.size - 1} more` : '';
  const name = escapeForDisplay(path.slice(path.lastIndexOf('/') + 1));
  return `${name}  ${formatBytes(received)}${share}${others}`.slice(0, Math.max(0, width - 1));
}

/** Formats bytes in binary units: `512 B`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;
  const power = Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10) - 1);
  return `${(bytes / 1024 ** (power + 1)).toFixed(1)} ${units[power] ?? 'TiB'}`;
}
