/** Counts one log, from where it was counted before. */
import { readProblem } from '../../base/disk/named-file.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { createCollector } from './collect-early.js';
import { type CountRules, LogCounter, type ReadLog } from './count/log-counter.js';
import type { SpillingCounts } from './count/spilling-counts.js';
import { type LogSource, type LogStream, openSource } from './log-source.js';
import { readPieces } from './read-log.js';
import { findMark, type LogMark, LogMarker } from './state/log-mark.js';
import { DamagedGzip } from './unpack.js';

const lineFeed = 0x0a;

/** The lines of one log, and its name. */
export interface CountedLog extends ReadLog {
  readonly name: string;
  /** Whether the log is compressed, and ends early or is damaged. What came before counts. */
  readonly isDamaged: boolean;
  /** Bytes at its beginning that an earlier run has counted, unpacked. */
  readonly countedBefore: number;
}

export interface CountContext {
  readonly counts: SpillingCounts;
  readonly rules: CountRules;
  /** The logs that were counted, to which this one is added; null to remember none. */
  readonly marks: LogMark[] | null;
  /** Takes the days of what is counted. */
  readonly days: Set<number>;
  readonly signal: AbortSignal | undefined;
}

/** @throws ClojarsFetchError ERR_CONFIG, `unreadable`; ERR_ABORTED */
export async function countLog(log: string | LogStream, context: CountContext): Promise<CountedLog> {
  const name = typeof log === 'string' ? log : log.name;
  try {
    const source = await openSource(log, context.marks !== null);
    try {
      const countedBefore = context.marks === null ? 0 : await findCounted(source, context.marks);
      return await countFrom(source, countedBefore, context);
    } finally {
      source.close();
    }
  } catch (cause) {
    throw isClojarsFetchError(cause) ? cause : unreadableLog(name, cause);
  }
}

/** Returns how many bytes at the beginning of the log were counted before. */
async function findCounted(source: LogSource, marks: readonly LogMark[]): Promise<number> {
  const marker = new LogMarker();
  await readAll(source, (piece) => {
    marker.add(piece);
    return !marker.hasFirst;
  });
  const known = marks.filter(({ first }) => first === marker.first);
  return known.length === 0 ? 0 : ((await findMark(withoutDamage(source), known))?.bytes ?? 0);
}

async function countFrom(source: LogSource, countedBefore: number, context: CountContext): Promise<CountedLog> {
  const { counts, rules, marks, days, signal } = context;
  const counter = new LogCounter(counts, rules);
  const marker = marks === null ? null : new LogMarker();
  const collect = createCollector();
  const rest = createRest(countedBefore);
  const isDamaged = !(await readAll(source, (piece) => {
    if (signal?.aborted === true) throw aborted(signal);
    marker?.add(piece);
    counter.add(rest(piece));
    collect(piece.length);
    return true;
  }));
  const { isLastUnderstood, ...read } = counter.end();
  if (marks !== null && marker !== null) marks.push(marker.mark(isLastUnderstood));
  for (const day of counter.days) days.add(day);
  return { name: source.name, ...read, isDamaged, countedBefore };
}

/** Returns a function that cuts from pieces what was counted before: so many bytes, and the rest of a line that they ended in. */
function createRest(countedBefore: number): (piece: Buffer) => Buffer {
  let left = countedBefore;
  let isInLine = false;
  return (piece) => {
    if (left === 0 && !isInLine) return piece;
    const start = Math.min(left, piece.length);
    if (start > 0) isInLine = piece[start - 1] !== lineFeed;
    left -= start;
    if (left > 0 || !isInLine) return piece.subarray(start);
    const lineEnd = piece.indexOf(lineFeed, start);
    isInLine = lineEnd === -1;
    return piece.subarray(isInLine ? piece.length : lineEnd + 1);
  };
}

/** Reads until `take` returns false. Returns whether the log is whole as far as it was read. */
async function readAll(source: LogSource, take: (piece: Buffer) => boolean): Promise<boolean> {
  try {
    for await (const piece of readPieces(source.open())) if (!take(piece)) break;
    return true;
  } catch (cause) {
    if (!(cause instanceof DamagedGzip)) throw cause;
    return false;
  }
}

async function* withoutDamage(source: LogSource): AsyncGenerator<Buffer> {
  try {
    yield* readPieces(source.open());
  } catch (cause) {
    if (!(cause instanceof DamagedGzip)) throw cause;
  }
}

function aborted(signal: AbortSignal): ClojarsFetchError {
  return new ClojarsFetchError('ERR_ABORTED', { reason: 'signal', message: 'the count was interrupted', cause: signal.reason });
}

function unreadableLog(name: string, cause: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: name,
    cause,
    message: `${name}: cannot read the log: ${readProblem(cause)}`,
    hint: 'Check its name and permissions.',
  });
}
