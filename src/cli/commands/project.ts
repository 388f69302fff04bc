/** `project`: fetches everything a build file needs; prints a list, a tree or a class path. */
import { type DependencyExplanation, formatClassPath, formatDependencyTree, type Resolution } from '../../index.js';
import { type CheckedProjectResolution, type ProjectResolution, resolveProject } from '../../project.js';
import { clientOptions } from '../options/client-options.js';
import type { Arguments } from '../options/parse.js';
import { usageError } from '../options/usage-error.js';
import { type ExitCode, exitCodes } from '../output/exit-code.js';
import { projectDocument } from '../output/json.js';
import { formatDependencies, formatExplanation, formatResolutionSummary, showLines, showText } from '../output/render.js';
import { formatCheck } from '../output/render-check.js';
import { attachmentsOf, type Command } from './command.js';

export const projectCommand: Command = async ({ given, output, signal }) => {
  const [file = '.', second] = given.words;
  if (second !== undefined) {
    throw usageError(`'project' takes one file, got '${file}' and '${second}'`, 'Run it once for each file.');
  }
  const attachments = attachmentsOf(given);
  // An explanation only needs the graph.
  const download = !given.pomOnly && given.explain === undefined;
  const project = await resolveProject(file, {
    ...clientOptions(given, { signal, onEvent: output.onEvent }),
    profiles: given.profiles,
    aliases: given.aliases,
    clojure: given.clojure,
    plugins: !given.noPlugins,
    download,
    check: download && !given.noCheck,
    attachments,
    scopes: given.scopes,
    conflicts: given.conflicts,
  });
  noteAll(project, output.note);
  if (project.check !== null) for (const line of formatCheck(project.check)) output.note(showText(line));
  const show = output.stdoutIsTerminal ? showText : (text: string): string => text;
  const explanation = explain(given, project.resolution);
  output.result(textOf(project, given, show), projectDocument(project, explanation, output.warnings));
  return exitCodeOf(project, given);
};

/** A file that is missing counts more than something that was never to be fetched. */
function exitCodeOf({ check, ...project }: CheckedProjectResolution, { strict }: Arguments): ExitCode {
  if (check !== null && !check.ready) return exitCodes.offline;
  return strict && isIncomplete(project) ? exitCodes.resolution : exitCodes.done;
}

/** Whether the build needs something that is not known, or that no Maven repository has. */
function isIncomplete({ model, modules }: ProjectResolution): boolean {
  const isOpen =
    model.problems.some(({ incomplete }) => incomplete) || model.notOurs.some(({ kind }) => kind === 'git' || kind === 'opaque');
  return isOpen || modules.some(isIncomplete);
}

function explain(given: Arguments, resolution: Resolution | null): DependencyExplanation | undefined {
  return given.explain === undefined ? undefined : resolution?.explain(given.explain.group, given.explain.artifact);
}

/** Notes for a person: what is not fetched and why, problems of the build file, and how much was resolved. */
function noteAll({ model, resolution, plugins, modules }: ProjectResolution, note: (text: string) => void): void {
  const at = ({ line, column }: { readonly line: number; readonly column: number }): string => `${model.file}:${line}:${column}`;
  const kinds = {
    git: 'comes from git and is not fetched',
    local: 'is a folder on this machine and is not fetched',
    opaque: 'is known only to a running build and is not fetched',
    system: 'is a file on this machine and is not fetched',
    reactor: 'is built here and is not fetched',
  } as const;
  for (const one of model.notOurs) note(showText(`${at(one)}: ${one.name} ${kinds[one.kind]}`));
  for (const one of model.problems) note(showText(`${at(one)}: ${one.message}`));
  if (resolution !== null) note(showText(`${model.name ?? model.file}: ${formatResolutionSummary(resolution)}`));
  if (plugins !== null) note(showText(`plugins: ${formatResolutionSummary(plugins)}`));
  for (const module of modules) noteAll(module, note);
}

/** The project's closure, then each module's under its name. Plugins are not part of it. */
function textOf(project: ProjectResolution, given: Arguments, show: (text: string) => string): string {
  const { resolution, modules } = project;
  const explanation = explain(given, resolution);
  const own =
    resolution === null
      ? ''
      : explanation !== undefined
        ? formatExplanation(explanation)
        : given.tree
          ? showLines(formatDependencyTree(resolution.tree()))
          : given.classPath
            ? `${show(formatClassPath(resolution, given.scopes ?? ['compile', 'runtime', 'provided', 'test'], project.model.classPathOverrides))}\n`
            : formatDependencies(resolution);
  return [own, ...modules.map((module) => `\n${showText(module.model.name ?? module.model.file)}\n${textOf(module, given, show)}`)].join(
    '',
  );
}
