/** Groups the files of one artifact with their checksum files. */
import type { Action } from '../fetch/action.js';

/** A file of one turn, and its checksum files, which the next turn publishes. */
export interface Subject {
  readonly action: Action;
  readonly checksums: readonly Action[];
}

export interface Subjects {
  readonly subjects: readonly Subject[];
  /** Checksum files of files that did not change. */
  readonly lone: readonly Action[];
}

export function subjectsOf(actions: readonly Action[]): Subjects {
  const byKey = new Map<string, { readonly action: Action; readonly checksums: Action[] }>();
  for (const action of actions) if (action.is.subject === null) byKey.set(action.key, { action, checksums: [] });
  const lone: Action[] = [];
  for (const action of actions) if (action.is.subject !== null) (byKey.get(action.is.subject)?.checksums ?? lone).push(action);
  return { subjects: [...byKey.values()], lone };
}
