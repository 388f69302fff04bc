/**
 * Returns the time since 1970 in whole milliseconds, by a clock that was right when the process started and that no one sets since: it never
 * jumps. For how long something takes or lasts; what is kept on disk, or compared with the times of files, needs `Date.now`.
 */
export function steadyNow(): number {
  return Math.floor(startMs + performance.now());
}

const startMs = performance.timeOrigin;
