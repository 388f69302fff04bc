/**
 * `.mvn/maven.config`: options that Maven adds to each command line of a project.
 *
 * Source of the rule: Maven 3.8.7 `MavenCli.cli` (options separated by white space), and 3.9 (one option per line, `#` starts a comment).
 * Of these options, only properties and profiles change a model.
 */
export interface MavenConfig {
  /** Properties from `-D`. They take precedence over those of POMs. */
  readonly properties: ReadonlyMap<string, string>;
  /** Profiles from `-P`; `!` or `-` in front deactivates one. */
  readonly profiles: readonly string[];
  /** The settings files from `-s` and `-gs`, as written, in order. */
  readonly settings: readonly string[];
}

export const emptyMavenConfig: MavenConfig = { properties: new Map(), profiles: [], settings: [] };

/** Reads the options. A later property of the same name wins. */
export function parseMavenConfig(text: string): MavenConfig {
  const words = wordsOf(text);
  const properties = new Map<string, string>();
  const profiles: string[] = [];
  const settings: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const match = /^(?:-([DP])|-(g?s)(?:=|$)|--?(define|activate-profiles|(?:global-)?settings)(?:=|$))(.*)$/s.exec(word);
    if (match === null) continue;
    const [, letter, short, long, attached = ''] = match;
    const value = attached === '' ? (words[(index += 1)] ?? '') : attached;
    if (letter === 'P' || long === 'activate-profiles') profiles.push(...value.split(',').filter((name) => name !== ''));
    else if (short !== undefined || (long !== undefined && long.endsWith('settings'))) settings.push(...(value === '' ? [] : [value]));
    else addProperty(properties, value, 'true');
  }
  return { properties, profiles, settings };
}

/** Reads the system properties of `.mvn/jvm.config`, the options of Maven's JVM. Source of the rule: the script `mvn`. */
export function parseJvmConfig(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const word of wordsOf(text)) if (word.startsWith('-D')) addProperty(properties, word.slice(2), '');
  return properties;
}

function wordsOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.trim().split(/\s+/))
    .map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

/** @param bare the value of a property that is given without one: Maven uses `true`, Java the empty text */
function addProperty(properties: Map<string, string>, text: string, bare: string): void {
  const [name = '', ...rest] = text.split('=');
  if (name !== '') properties.set(name, rest.length === 0 ? bare : rest.join('='));
}
