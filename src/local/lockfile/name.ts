/** The lockfile's name, where no other is given. */
export const lockfileName = 'clojars-fetch.lock';
