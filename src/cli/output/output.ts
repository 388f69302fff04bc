/** Where text goes: results to stdout, everything else to stderr, and nothing but one document under `--json`. */
import type { ClientEvent } from '../../base/event.js';
import type { Arguments } from '../options/parse.js';
import { type ExitCode, exitCodeFor } from './exit-code.js';
import { failureDocument, formatJson } from './json.js';
import { createProgress, type Progress } from './progress.js';
import { createStyle, formatError, formatEvent, formatWarning, type Style, wantsColor } from './render.js';
import { countSignature, formatSignatureSummary } from './signature-summary.js';

/** A stream as far as the CLI needs it; `process.stdout` is one. */
interface TextStream {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a run of the CLI touches besides the library. */
export interface Surroundings {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Output {
  /** Colours for stdout. */
  readonly style: Style;
  readonly stdoutIsTerminal: boolean;
  /** Warnings that came as events, for the document. */
  readonly warnings: readonly string[];
  /** Attempts on mirrors that failed, so far. */
  readonly failedAttempts: () => number;
  readonly onEvent: (event: ClientEvent) => void;
  /** The result, in one of two forms; the text ends with a line feed. */
  readonly result: (text: string, document: object) => void;
  /** One line on a terminal that says how far a long work is; nothing elsewhere. */
  readonly progress: (line: string) => void;
  /** A line for a person: stderr, unless `--quiet` or `--json`. */
  readonly note: (line: string) => void;
  /** A warning that did not come as an event. */
  readonly warn: (message: string) => void;
  /** Reports an error and gives its exit code. */
  readonly fail: (error: unknown) => ExitCode;
  /** Says how many files were not signed as they could be, and wipes the progress line. */
  readonly end: () => void;
}

/** A terminal that does not know its width (a serial line, a pty of a CI) says 0 or nothing: the classic 80 then. */
function columnsOf({ columns }: TextStream): number {
  return columns === undefined || columns === 0 ? 80 : columns;
}

/** The options that decide how things are printed. They are needed before the others are known to be valid. */
export type OutputOptions = Pick<Arguments, 'json' | 'quiet' | 'verbose' | 'color'>;

export function createOutput(options: OutputOptions, surroundings: Surroundings): Output {
  const { stdout, stderr, environment } = surroundings;
  const style = createStyle(wantsColor(options.color ?? 'auto', stdout.isTTY === true, environment));
  const errorStyle = createStyle(wantsColor(options.color ?? 'auto', stderr.isTTY === true, environment));
  const progress: Progress | undefined =
    stderr.isTTY === true && !options.quiet && !options.json && environment['TERM'] !== 'dumb'
      ? createProgress({ write: (text) => stderr.write(text), columns: columnsOf(stderr) }, () => performance.now())
      : undefined;
  const warnings: string[] = [];
  const signatures = new Map<string, number>();
  let failed = 0;

  const toStderr = (text: string): void => {
    progress?.clear();
    stderr.write(text);
  };
  const onEvent = (event: ClientEvent): void => {
    if (event.type === 'attempt-ended' && event.outcome !== 'ok' && event.outcome !== 'not-found' && event.outcome !== 'aborted')
      failed += 1;
    if (event.type === 'warning') {
      warnings.push(event.message);
      if (!options.verbose && countSignature(signatures, event.warning)) return;
      if (!options.quiet && !options.json) toStderr(`${formatWarning(event.message, errorStyle)}\n`);
      return;
    }
    if (options.verbose) {
      const line = formatEvent(event, errorStyle);
      if (line !== undefined) toStderr(`${line}\n`);
    }
    progress?.update(event);
  };
  return {
    style,
    stdoutIsTerminal: stdout.isTTY === true,
    warnings,
    failedAttempts: () => failed,
    onEvent,
    result: (text, document) => {
      progress?.clear();
      stdout.write(options.json ? formatJson(document) : text);
    },
    progress: (line) => progress?.show(line),
    note: (line) => {
      if (!options.quiet && !options.json) toStderr(`${line}\n`);
    },
    warn: (message) => {
      if (!options.quiet && !options.json) toStderr(`${formatWarning(message, errorStyle)}\n`);
    },
    fail: (error) => {
      if (options.json) stdout.write(formatJson(failureDocument(error, warnings)));
      else toStderr(formatError(error, errorStyle, options.verbose));
      return exitCodeFor(error);
    },
    end() {
      const summary = formatSignatureSummary(signatures);
      if (summary !== null && !options.quiet && !options.json) toStderr(`${formatWarning(summary, errorStyle)}\n`);
      signatures.clear();
      progress?.clear();
    },
  };
}
