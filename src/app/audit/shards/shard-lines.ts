/** Finds the lines of a plan that a shard consists of. */
import type { Shard } from '../contract.js';
import { cutEvenly } from './cut-evenly.js';

/** Lines of a plan, counted from 0 without the header. */
export interface LineRange {
  readonly from: number;
  /** The line after the last. */
  readonly to: number;
}

/** @param runs numbers of lines that must stay together: see {@link ArtifactRuns} */
export function linesOfShard(runs: readonly number[], { index, count }: Shard): LineRange {
  const ends = cutEvenly(runs, count);
  const sum = (end: number): number => runs.slice(0, end).reduce((total, lines) => total + lines, 0);
  return { from: index === 0 ? 0 : sum(ends[index - 1] ?? 0), to: sum(ends[index] ?? 0) };
}
