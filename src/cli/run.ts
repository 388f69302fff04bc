/**
 * Runs the CLI once, with any verb.
 *
 * Commands are loaded by dynamic import: a warm call costs little more than starting Node, so no verb may load code that it does not need,
 * and `help` does not load the library at all.
 */
import type { Command } from './commands/command.js';
import type { Arguments } from './options/parse.js';
import type { Streams } from './output/output.js';
import { runCommand } from './run-command.js';
import { tuneEngine } from './start/tune-engine.js';

/** Runs one command line, as {@link runCommand}. */
export function run(argv: readonly string[], streams: Streams): Promise<number> {
  return runCommand(argv, streams, loadCommand);
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
    case 'proxy':
    case 'exec':
      return (await import('./proxy-program.js')).loadProxyCommand(given);
    case 'mirror':
      return (await import('./commands/mirror.js')).mirrorCommand;
    default:
      return (await import('./more-commands.js')).loadMoreCommand(given.verb);
  }
}
