/**
 * Returns the time since 1970 in whole milliseconds, by a clock that was right when the process started and that no one sets since: it never
 * jumps. For how long something takes or lasts; what is kept on disk, or compared with the times of files, needs `Date.now`.
 */
export function steadyNow(): number {
  // Not read when this is loaded: the global `performance` takes 6 ms to load.
  return Math.floor(performance.timeOrigin + performance.now());
}

/** Milliseconds since some moment, with fractions, by a clock that never jumps. Takes nothing to load, unlike `performance.now`. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
