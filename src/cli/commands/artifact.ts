/** The default verb: fetches one artifact into the local repository and prints its path. */
import { createClient } from '../../index.js';
import { clientOptions } from '../options/client-options.js';
import { exitCodes } from '../output/exit-code.js';
import { artifactsDocument } from '../output/json.js';
import { formatArtifactSummary, showText } from '../output/render.js';
import { type Command, coordinateOf } from './command.js';

export const artifactCommand: Command = async ({ given, output, signal }) => {
  const coordinate = coordinateOf(given);
  const client = createClient(clientOptions(given, { signal, onEvent: output.onEvent }));
  try {
    const artifact = await client.resolveArtifact(coordinate);
    output.note(formatArtifactSummary(artifact));
    const failed = output.failedAttempts();
    if (failed > 0 && !given.verbose)
      output.note(`${failed} failed ${failed === 1 ? 'attempt' : 'attempts'} on the way; --verbose shows ${failed === 1 ? 'it' : 'them'}`);
    // A program needs the unchanged path; a terminal must not interpret control characters in it.
    const path = output.stdoutIsTerminal ? showText(artifact.path) : artifact.path;
    output.result(`${path}\n`, artifactsDocument([artifact], output.warnings));
    return exitCodes.done;
  } finally {
    await client.close();
  }
};
