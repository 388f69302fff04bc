/** The means of telling a tool about the proxy: the command, its environment and a folder for copies of files. */
import type { ProxyAddress } from '../tool-setup/address.js';
import type { ToolFile, ToolPlan, ToolSurroundings } from '../tool-setup/merge.js';

/** A command and its environment. Teaching a tool changes them. */
export interface CommandLine {
  readonly words: string[];
  readonly env: Record<string, string | undefined>;
}

export interface PrepareOptions {
  readonly address: ProxyAddress;
  readonly command: readonly string[];
  readonly surroundings: Pick<ToolSurroundings, 'env' | 'homeFolder' | 'isThere'>;
  readonly workingFolder: string;
  /** An empty private folder for copies of files. */
  readonly folder: string;
  /** Where `config --write` keeps its records. */
  readonly recordFolder: string;
  readonly warn: (message: string) => void;
}

/** The task of one teacher: a tool, its plan, and the command line to change. */
export interface Lesson {
  readonly plan: ToolPlan;
  readonly given: PrepareOptions;
  readonly line: CommandLine;
  /** Whether the command is this tool. Otherwise the command may be a script that calls it. */
  readonly isCommand: boolean;
  /** Returns the bytes of a file with the proxy in it. */
  readonly copyOf: (file: ToolFile) => Promise<Uint8Array>;
  readonly warn: (message: string) => void;
}
