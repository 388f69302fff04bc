/** `config`: shows what a build tool needs to ask the proxy, adds it to its configuration, or takes it out again. */
import { ClojarsFetchError } from '../../base/error.js';
import { showToolSetup, toolNames, type ToolSetupOptions, undoToolSetup, writeToolSetup } from '../../proxy.js';
import { usageError } from '../options/usage-error.js';
import { type ExitCode, exitCodes } from '../output/exit-code.js';
import type { Output } from '../output/output.js';
import { formatSetupChange, formatSetupCheck, formatSetupPlan, setupDocument } from '../output/render-config.js';
import type { Command } from './command.js';

export const configCommand: Command = async ({ given, output }) => {
  const [tool, file, extra] = given.words;
  if (tool === undefined) throw usageError('no tool was given', `Name one of ${toolNames.join(', ')}.`);
  if (extra !== undefined) throw usageError(`'config' takes a tool and a file, got '${extra}' too`, 'Put a name with spaces in quotes.');
  const options: ToolSetupOptions = { url: given.url, file };
  if (given.undo) {
    const report = await undoToolSetup(tool, options);
    output.result(formatSetupChange(report, 'undo'), setupDocument(report, output.warnings));
    return exitCodes.done;
  }
  if (given.write) return write(tool, options, output);
  const report = await showToolSetup(tool, options);
  const text = given.check ? formatSetupCheck(report) : formatSetupPlan(report);
  output.result(text, setupDocument(report, output.warnings));
  return given.check && !report.ready ? exitCodes.usage : exitCodes.done;
};

/** Writes; if that would be a guess, shows the lines for a person to add. */
async function write(tool: string, options: ToolSetupOptions, output: Output): Promise<ExitCode> {
  try {
    const report = await writeToolSetup(tool, options);
    output.result(formatSetupChange(report, 'write'), setupDocument(report, output.warnings));
    return exitCodes.done;
  } catch (error) {
    const isGuess = error instanceof ClojarsFetchError && (error.reason === 'conflict' || error.reason === 'malformed');
    if (isGuess)
      for (const line of formatSetupPlan(await showToolSetup(tool, options))
        .trimEnd()
        .split('\n'))
        output.note(line);
    throw error;
  }
}
