/** Facts of a file of the repository `r` that the cache holds, for tests in which none of them matters. */
import type { ApprovedFile } from '../../src/app/proxy/files/file-download.js';

export const approvedFacts = {
  repository: 'r',
  sha1: '',
  md5: '',
  lastModifiedMs: null,
  mirror: null,
  level: 'origin',
  confirmedMs: 0,
  isStale: false,
} as const satisfies Partial<ApprovedFile>;
