/** Runs one command line: parses the words, loads the verb's command, prints, and returns the exit code. */
import { ClojarsFetchError, isClojarsFetchError } from '../base/error.js';
import type { Command } from './commands/command.js';
import { type Arguments, parseArguments } from './options/parse.js';
import { createOutput, type OutputOptions, type Streams } from './output/output.js';

/**
 * Runs one command line. Never rejects.
 * @param argv the words after the program's name
 */
export async function runCommand(
  argv: readonly string[],
  streams: Streams,
  loadCommand: (given: Arguments) => Promise<Command>,
): Promise<number> {
  let given: Arguments;
  try {
    given = parseArguments(argv);
  } catch (error) {
    return createOutput(outputOptionsOf(argv), streams).fail(error);
  }
  const output = createOutput(given, streams);
  try {
    const command = await loadCommand(given);
    return await command({ given, output, signal: streams.signal, onHangUp: (listener) => streams.onHangUp?.(listener) });
  } catch (error) {
    return output.fail(streams.signal.aborted ? asAborted(error) : await asTyped(error));
  } finally {
    output.end();
  }
}

/** Guesses how to print the error of a command line that cannot be parsed: a program that passed `--json` expects JSON. */
function outputOptionsOf(argv: readonly string[]): OutputOptions {
  const end = argv.indexOf('--');
  const options = end === -1 ? argv : argv.slice(0, end);
  return {
    json: options.includes('--json'),
    quiet: false,
    verbose: false,
    color: /(^| )--color[= ]never( |$)/.test(options.join(' ')) ? 'never' : 'auto',
  };
}

/** Names the command-line option behind a configuration error. */
async function asTyped(error: unknown): Promise<unknown> {
  if (!isClojarsFetchError(error) || error.code !== 'ERR_CONFIG') return error;
  return (await import('./options/option-names.js')).nameOptions(error);
}

/** Turns any failure after an abort into ERR_ABORTED: an abort surfaces as the failure of whichever operation was in progress. */
function asAborted(error: unknown): unknown {
  if (isClojarsFetchError(error) && error.code === 'ERR_ABORTED') return error;
  return new ClojarsFetchError('ERR_ABORTED', { reason: 'signal', message: 'interrupted', cause: error });
}
