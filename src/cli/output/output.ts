/** Routes text: results to stdout, everything else to stderr; with `--json`, only one document. */
import type { ClientEvent } from '../../base/event.js';
import type { Arguments } from '../options/parse.js';
import { type ExitCode, exitCodeFor } from './exit-code.js';
import { failureDocument, formatJson } from './json.js';
import { createProgress, type Progress } from './progress.js';
import { createStyle, formatError, formatEvent, formatWarning, type Style, wantsColor } from './render.js';
import { countSignature, formatSignatureSummary } from './signature-summary.js';

/** The part of a stream that the CLI needs; `process.stdout` is one. */
interface TextStream {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The streams, environment and signal of one run: everything outside the library that the CLI uses. */
export interface Streams {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Output {
  /** Colors for stdout. */
  readonly style: Style;
  readonly stdoutIsTerminal: boolean;
  /** Warnings that arrived as events, for the document. */
  readonly warnings: readonly string[];
  /** Number of failed attempts on mirrors so far. */
  readonly failedAttempts: () => number;
  readonly onEvent: (event: ClientEvent) => void;
  /** Prints the result in one of two forms; the text ends with a line feed. */
  readonly result: (text: string, document: object) => void;
  /** Shows the progress of a long operation as one line on a terminal; does nothing elsewhere. */
  readonly progress: (line: string) => void;
  /** Prints a line for the user: on stderr, unless `--quiet` or `--json`. */
  readonly note: (line: string) => void;
  /** Prints a warning that did not arrive as an event. */
  readonly warn: (message: string) => void;
  /** Reports an error and returns its exit code. */
  readonly fail: (error: unknown) => ExitCode;
  /** Summarizes the signature warnings and wipes the progress line. */
  readonly end: () => void;
}

/** A terminal of unknown width (a serial line, a CI's pty) reports 0 or undefined: assume the classic 80. */
function columnsOf({ columns }: TextStream): number {
  return columns === undefined || columns === 0 ? 80 : columns;
}

/** The options that decide how to print. They are needed before the others are known to be valid. */
export type OutputOptions = Pick<Arguments, 'json' | 'quiet' | 'verbose' | 'color'>;

export function createOutput(options: OutputOptions, { stdout, stderr, environment }: Streams): Output {
  const styleFor = ({ isTTY }: TextStream): Style => createStyle(wantsColor(options.color ?? 'auto', isTTY === true, environment));
  const errorStyle = styleFor(stderr);
  const talks = !options.quiet && !options.json;
  const progress: Progress | undefined =
    talks && stderr.isTTY === true && environment['TERM'] !== 'dumb'
      ? createProgress({ write: (text) => stderr.write(text), columns: columnsOf(stderr) }, () => performance.now())
      : undefined;
  const toStderr = (text: string): void => {
    progress?.clear();
    stderr.write(text);
  };
  const note = (line: string): void => {
    if (talks) toStderr(`${line}\n`);
  };
  const warn = (message: string): void => note(formatWarning(message, errorStyle));
  const warnings: string[] = [];
  const signatures = new Map<string, number>();
  let failed = 0;
  return {
    style: styleFor(stdout),
    stdoutIsTerminal: stdout.isTTY === true,
    warnings,
    failedAttempts: () => failed,
    onEvent: (event) => {
      if (isFailedAttempt(event)) failed += 1;
      if (event.type === 'warning') {
        warnings.push(event.message);
        if (options.verbose || !countSignature(signatures, event.warning)) warn(event.message);
        return;
      }
      const line = options.verbose ? formatEvent(event, errorStyle) : undefined;
      if (line !== undefined) toStderr(`${line}\n`);
      progress?.update(event);
    },
    result: (text, document) => {
      progress?.clear();
      stdout.write(options.json ? formatJson(document) : text);
    },
    progress: (line) => progress?.show(line),
    note,
    warn,
    fail: (error) => {
      if (options.json) stdout.write(formatJson(failureDocument(error, warnings)));
      else toStderr(formatError(error, errorStyle, options.verbose));
      return exitCodeFor(error);
    },
    end() {
      const summary = formatSignatureSummary(signatures);
      if (summary !== null) warn(summary);
      signatures.clear();
      progress?.clear();
    },
  };
}

function isFailedAttempt(event: ClientEvent): boolean {
  return event.type === 'attempt-ended' && event.outcome !== 'ok' && event.outcome !== 'not-found' && event.outcome !== 'aborted';
}
