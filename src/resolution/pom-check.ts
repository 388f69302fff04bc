/** Whether what a mirror served as a POM is one, and the right one. */
import type { FileCheck } from '../artifact/resolve-file.js';
import { escapeForDisplay } from '../escape.js';
import { formatLabel } from '../pom/label.js';
import { parsePom } from '../pom/parse.js';
import { PomProblemError } from '../pom/problem.js';
import { baseVersion } from '../version/snapshot.js';

export interface PomCheck {
  readonly check: FileCheck;
  /** The bytes with that digest, if they passed through here: they need not be read again. */
  bytesOf(sha256: string): Uint8Array | null;
  /** Whether anything was found useless. */
  refused(): boolean;
}

/** A check for one POM. It cannot be read, or says that it is another artifact's: useless. */
export function createPomCheck(group: string, artifact: string, version: string): PomCheck {
  const seen = new Map<string, Uint8Array>();
  let refused = false;
  const fault = (bytes: Uint8Array): string | null => {
    const label = formatLabel(group, artifact, version);
    try {
      const model = parsePom(bytes, label);
      const stated = [model.group ?? model.parent?.group, model.artifact, model.version ?? model.parent?.version];
      const wrong = [group, artifact, version].some((wanted, index) => isOther(stated[index], wanted));
      return wrong ? `it is the POM of ${escapeForDisplay(stated.map((part) => part ?? '?').join(':'), 200)}` : null;
    } catch (error) {
      if (!(error instanceof PomProblemError)) throw error;
      return error.message;
    }
  };
  return {
    check(bytes, sha256) {
      seen.set(sha256, bytes);
      const why = fault(bytes);
      if (why !== null) refused = true;
      return why;
    },
    bytesOf: (sha256) => seen.get(sha256) ?? null,
    refused: () => refused,
  };
}

/** What is left out or filled in later (`${…}`, a parent's range) contradicts nothing. */
function isOther(stated: string | undefined, wanted: string): boolean {
  if (stated === undefined || stated === '' || stated.includes('${') || /^[[(]/.test(stated)) return false;
  return baseVersion(stated) !== baseVersion(wanted);
}
