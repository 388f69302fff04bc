/**
 * Tells the tools about the proxy for one run: by variables, by words added to the command, and by copies of their configuration files in a
 * temporary folder. No file of the user's is changed.
 */
import { isClojarsFetchError } from '../../base/error.js';
import type { ToolFile } from '../tool-setup/merge.js';
import { planners } from '../tool-setup/tools.js';
import { mergedCopy } from './configuration-copy.js';
import type { CommandLine, PrepareOptions } from './lesson.js';
import { type TaughtTool, teachers, toolOfProgram } from './teachers.js';

/** Returns the command to run, with its environment, so that the tools in it ask the proxy. */
export async function prepareTools(given: PrepareOptions): Promise<CommandLine> {
  const line: CommandLine = { words: [...given.command], env: { ...given.surroundings.env } };
  reachThisMachine(line.env);
  const own = toolOfProgram(given.command[0] ?? '');
  for (const tool of Object.keys(teachers) as TaughtTool[]) await teach(tool, own, given, line);
  return line;
}

async function teach(tool: TaughtTool, own: TaughtTool | null, given: PrepareOptions, line: CommandLine): Promise<void> {
  const isCommand = tool === own;
  // A problem of one tool is of no interest to those who run another.
  const warn = own === null || isCommand ? given.warn : (): void => undefined;
  const plan = planners[tool](given.address, { ...given.surroundings, platform: process.platform, file: null });
  const copyOf = (file: ToolFile): Promise<Uint8Array> => mergedCopy(file, given.recordFolder);
  try {
    for (const { message, hint } of isCommand ? plan.problems : []) warn(`${tool}: ${message}. ${hint}`);
    await teachers[tool]({ plan, given, line, isCommand, copyOf, warn });
  } catch (error) {
    if (!isClojarsFetchError(error)) throw error;
    warn(`${tool} is run with its own configuration, and may not ask the proxy: ${error.message}. ${error.hint ?? ''}`.trimEnd());
  }
}

/** Leaves this machine out of the HTTP proxy that the environment names. */
function reachThisMachine(env: Record<string, string | undefined>): void {
  const isUsed = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].some(
    (name) => (env[name] ?? '') !== '',
  );
  if (!isUsed) return;
  const { no_proxy: lower = env['NO_PROXY'] ?? '', NO_PROXY: upper = lower, http_no_proxy: leiningen = '' } = env;
  env['no_proxy'] = joined(lower, ',');
  env['NO_PROXY'] = joined(upper, ',');
  if (leiningen !== '') env['http_no_proxy'] = joined(leiningen, '|');
}

function joined(list: string, separator: string): string {
  return [...(list === '' ? [] : [list]), '127.0.0.1', 'localhost'].join(separator);
}
