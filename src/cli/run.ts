/**
 * Runs the CLI once: parses the words, loads only the verb's command, prints, and returns the exit code.
 *
 * Commands are loaded by dynamic import: a warm call costs little more than starting Node, so no verb may load code that it does not need,
 * and `help` does not load the library at all.
 */
import { ClojarsFetchError, isClojarsFetchError } from '../base/error.js';
import type { Command } from './commands/command.js';
import { type Arguments, parseArguments } from './options/parse.js';
import { createOutput, type OutputOptions, type Streams } from './output/output.js';
import { tuneEngine } from './start/tune-engine.js';

/**
 * Runs one command line. Never rejects.
 * @param argv the words after the program's name
 */
export async function run(argv: readonly string[], streams: Streams): Promise<number> {
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

async function loadCommand(given: Arguments): Promise<Command> {
  if (given.version) return (await import('./commands/help.js')).versionCommand;
  if (given.help) return (await import('./commands/help.js')).helpCommand;
  tuneEngine(given.verb);
  switch (given.verb) {
    case 'artifact':
      return (await import('./commands/artifact.js')).artifactCommand;
    case 'help':
      return (await import('./commands/help.js')).helpCommand;
    // Apart from the others: a build tool waits for them to start.
    case 'proxy':
      return (await import('./commands/proxy.js')).proxyCommand;
    case 'exec':
      return (await import('./commands/exec.js')).execCommand;
    case 'mirror':
      return (await import('./commands/mirror.js')).mirrorCommand;
    default:
      return (await import('./more-commands.js')).loadMoreCommand(given.verb);
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
