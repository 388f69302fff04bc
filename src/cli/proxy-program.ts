/**
 * The program for `proxy` and `exec`. A build tool waits for their start, so all that they need before the first request is in one file
 * (tsup.config.ts), and nothing else.
 */
import type { Command } from './commands/command.js';
import { execCommand } from './commands/exec.js';
import { proxyCommand } from './commands/proxy.js';
import type { Arguments } from './options/parse.js';
import { runCommand } from './run-command.js';
import { runProcess } from './run-process.js';
import { tuneEngine } from './start/tune-engine.js';

/** Runs the program to its end. @param beforeExit called after the output is written */
export function main(beforeExit: () => Promise<void>): Promise<never> {
  const load = (given: Arguments): Promise<Command> => {
    tuneEngine(given.verb);
    return loadProxyCommand(given);
  };
  return runProcess((argv, streams) => runCommand(argv, streams, load), beforeExit);
}

export async function loadProxyCommand(given: Arguments): Promise<Command> {
  if (given.version) return (await import('./commands/help.js')).versionCommand;
  if (given.help) return (await import('./commands/help.js')).helpCommand;
  return given.verb === 'exec' ? execCommand : proxyCommand;
}
