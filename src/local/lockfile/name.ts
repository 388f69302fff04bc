/** The default name of the lockfile. */
export const lockfileName = 'clojars-fetch.lock';
