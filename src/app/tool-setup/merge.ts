/** The contract of the tools: what each adds to which file, and what stands in the way. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ProxyAddress } from './address.js';
import type { TextEdit } from './text/edit.js';
import type { FileEncoding, Place } from './text/text-file.js';

/** Something in a file that keeps the tool from asking the proxy, or the file from being merged. */
export interface SetupProblem {
  /** Line in the file, from 1; null if the whole file is meant. */
  readonly line: number | null;
  /** Column, from 1; null if the whole file is meant. */
  readonly column: number | null;
  readonly message: string;
  readonly hint: string;
  /** Whether adding the lines would be a guess: nothing is written then. */
  readonly blocks: boolean;
}

/** How a text becomes one that names the proxy. No edits and no problems: it does already. */
export interface Merge {
  readonly edits: readonly TextEdit[];
  readonly problems: readonly SetupProblem[];
}

/** One file of a tool. */
export interface ToolFile {
  /** Absolute. */
  readonly path: string;
  readonly encoding: FileEncoding;
  /** The lines to add, as a person would type them. */
  readonly addition: string;
  /** The text of a new file before the lines are added. */
  readonly skeleton: string;
  /**
   * Finds where the lines belong.
   * @throws ClojarsFetchError for a text that cannot be read
   */
  readonly merge: (text: string) => Merge;
}

/** A variable that a tool needs, or that does the same for one shell. */
export interface ToolVariable {
  readonly name: string;
  readonly value: string;
  /** Whether the file alone does not suffice. */
  readonly required: boolean;
}

/** All that one tool needs. */
export interface ToolPlan {
  readonly files: readonly ToolFile[];
  /** Files that another address needs: what was written into them is taken back. */
  readonly leftovers: readonly ToolFile[];
  readonly variables: readonly ToolVariable[];
  /** Whatever in the environment is in the way. */
  readonly problems: readonly SetupProblem[];
  /** Sentences about what else there is to do or to know. */
  readonly notes: readonly string[];
}

/** Where a tool looks for its files. */
export interface ToolSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly platform: NodeJS.Platform;
  /** Whether a file exists. */
  readonly isThere: (path: string) => boolean;
  /** Absolute path of the file to use instead of the tool's own; null for the latter. */
  readonly file: string | null;
}

/** Plans the setup of one tool. */
export type ToolPlanner = (address: ProxyAddress, surroundings: ToolSurroundings) => ToolPlan;

/** A problem at a place that forbids a merge. */
export function blockedAt({ line, column }: Place, message: string, hint: string): SetupProblem {
  return { line, column, message, hint, blocks: true };
}

/** The error for a file that cannot be merged without a guess. */
export function mergeError(file: string, { line, column, message, hint }: SetupProblem): ClojarsFetchError {
  const where = line === null ? '' : `line ${line}${column === null ? '' : `, column ${column}`}: `;
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'conflict',
    path: file,
    message: `${escapeForDisplay(file, 300)}: ${where}${message}`,
    hint,
  });
}
