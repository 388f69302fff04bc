/** `deps`: fetches artifacts and their dependencies, as Maven resolves them; prints a list, a tree or a class path. */
import { createClient, type DependencyOptions, formatClassPath, formatDependencyTree } from '../../index.js';
import { clientOptions } from '../options/client-options.js';
import type { Arguments } from '../options/parse.js';
import { splitCoordinates } from '../options/split-coordinates.js';
import { exitCodes } from '../output/exit-code.js';
import { dependenciesDocument } from '../output/json.js';
import { formatDependencies, formatExplanation, formatResolutionSummary, showLines, showText } from '../output/render.js';
import { attachmentsOf, type Command, coordinateOf } from './command.js';

export const depsCommand: Command = async ({ given, output, signal }) => {
  if (given.words.length === 0) coordinateOf(given);
  const client = createClient(clientOptions(given, { signal, onEvent: output.onEvent }));
  try {
    const resolution = await client.resolveDependencies(splitCoordinates(given.words), dependencyOptions(given));
    const explanation = given.explain === undefined ? undefined : resolution.explain(given.explain.group, given.explain.artifact);
    output.note(formatResolutionSummary(resolution));
    // A program needs unchanged paths; a terminal must not interpret control characters in them.
    const show = output.stdoutIsTerminal ? showText : (text: string): string => text;
    const text = explanation
      ? formatExplanation(explanation)
      : given.tree
        ? showLines(formatDependencyTree(resolution.tree()))
        : given.classPath
          ? `${show(formatClassPath(resolution, given.scopes))}\n`
          : formatDependencies(resolution);
    output.result(text, dependenciesDocument(resolution, explanation, output.warnings));
    return exitCodes.done;
  } finally {
    await client.close();
  }
};

/** An explanation needs only the graph. */
function dependencyOptions(given: Arguments): DependencyOptions {
  return {
    download: !given.pomOnly && given.explain === undefined,
    attachments: attachmentsOf(given),
    scopes: given.scopes,
    conflicts: given.conflicts,
  };
}
