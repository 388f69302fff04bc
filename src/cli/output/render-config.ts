/** Text and the document of `config`. */
import type { SetupProblem, ToolFileReport, ToolSetupReport } from '../../proxy.js';
import { showText } from './render.js';

/** Formats what to add to which file, and what else to do. */
export function formatSetupPlan({ tool, files, variables, notes }: ToolSetupReport): string {
  const sections = files.map(({ path, state, addition, problems }) =>
    state === 'set-up'
      ? [`${showText(path)} is set up.`, ...problems.flatMap((problem) => problemLines(path, problem))]
      : [`Add to ${showText(path)}:`, '', ...indent(addition), ...problems.flatMap((problem) => ['', ...problemLines(path, problem)])],
  );
  const required = variables.filter((variable) => variable.required);
  const optional = variables.filter((variable) => !variable.required);
  if (required.length > 0) sections.push(['Set in the environment of the tool:', '', ...indent(assignments(required))]);
  if (optional.length > 0) sections.push(['Or, for one shell, set in its environment:', '', ...indent(assignments(optional))]);
  if (notes.length > 0) sections.push([...notes]);
  if (files.some(({ state }) => state === 'not-set-up'))
    sections.push([`'clojars-fetch config ${tool} --write' adds the lines; 'clojars-fetch config ${tool} --undo' takes them out again.`]);
  return joined(sections);
}

/** Formats which files were changed. */
export function formatSetupChange({ files, variables, notes }: ToolSetupReport, verb: 'write' | 'undo'): string {
  const changes = files.map(({ path, state, changed, backup }) => {
    if (!changed) return `unchanged  ${showText(path)}${verb === 'write' ? ' (set up already)' : ' (nothing to undo)'}`;
    return `${state === 'set-up' ? 'written' : 'restored'}  ${showText(path)}${backup === null ? '' : ` (backup: ${showText(backup)})`}`;
  });
  if (verb === 'undo') return joined([changes]);
  const problems = files.flatMap(({ path, problems: own }) => own.flatMap((problem) => problemLines(path, problem)));
  const required = variables.filter((variable) => variable.required);
  return joined([
    changes,
    ...(problems.length > 0 ? [problems] : []),
    ...(required.length > 0 ? [['Also set in the environment of the tool:', '', ...indent(assignments(required))]] : []),
    ...(notes.length > 0 ? [[...notes]] : []),
  ]);
}

const stateNames: Readonly<Record<ToolFileReport['state'], string>> = {
  'set-up': 'set up',
  'not-set-up': 'not set up',
  blocked: 'blocked',
};

/** Formats whether each file is right, and what is in the way. */
export function formatSetupCheck({ files, variables }: ToolSetupReport): string {
  const required = variables.filter((variable) => variable.required).map(({ name, value }) => `needs  ${name}=${showText(value)}`);
  return joined([
    [
      ...files.flatMap(({ path, state, problems }) => [
        `${stateNames[state]}  ${showText(path)}`,
        ...problems.flatMap((problem) => problemLines(path, problem).map((line) => `  ${line}`)),
      ]),
      ...required,
    ],
  ]);
}

function problemLines(path: string, { line, column, message, hint }: SetupProblem): readonly string[] {
  const place = line === null ? '' : `:${line}${column === null ? '' : `:${column}`}`;
  return [`${showText(path)}${place}: ${showText(message)}`, `  ${showText(hint)}`];
}

function assignments(variables: readonly { readonly name: string; readonly value: string }[]): string {
  return variables.map(({ name, value }) => `${name}=${showText(value)}`).join('\n');
}

function indent(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`));
}

function joined(sections: readonly (readonly string[])[]): string {
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** `{"tool":…,"files":[…]}`. Fields are copied by name, so that the contract does not grow by accident. */
export function setupDocument({ tool, url, ready, files, variables, notes }: ToolSetupReport, warnings: readonly string[]) {
  return {
    schemaVersion: 1,
    warnings: [...new Set(warnings)],
    tool,
    url,
    ready,
    files: files.map(({ path, state, changed, backup, addition, problems }) => ({
      path,
      state,
      changed,
      backup,
      addition,
      problems: problems.map(({ line, column, message, hint }) => ({ line, column, message, hint })),
    })),
    variables: variables.map(({ name, value, required }) => ({ name, value, required })),
    notes,
  };
}
