/**
 * `.mvn/maven.config`: options that Maven adds to each command line of a project.
 *
 * Source of the rule: Maven 3.8.7 `MavenCli.cli` (options separated by white space), and 3.9 (one option a line, `#`
 * starts a comment). Of the options, properties and profiles change a model.
 */
export interface MavenConfig {
  /** Properties of `-D`. They win over those of POMs. */
  readonly properties: ReadonlyMap<string, string>;
  /** Profiles of `-P`, with `!` or `-` before those that are switched off. */
  readonly profiles: readonly string[];
}

export const emptyMavenConfig: MavenConfig = { properties: new Map(), profiles: [] };

/** Reads the options. A later property of the same name wins. */
export function parseMavenConfig(text: string): MavenConfig {
  const words = text
    .split(/\r?\n/)
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.trim().split(/\s+/))
    .map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
  const properties = new Map<string, string>();
  const profiles: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const match = /^(?:-(D|P)|--(define|activate-profiles)(?:=|$))(.*)$/s.exec(word);
    if (match === null) continue;
    const [, letter, long, attached = ''] = match;
    const value = attached === '' ? (words[(index += 1)] ?? '') : attached;
    if (letter === 'P' || long === 'activate-profiles') profiles.push(...value.split(',').filter((name) => name !== ''));
    else {
      const [name = '', ...rest] = value.split('=');
      // As Maven: a property without a value is true.
      if (name !== '') properties.set(name, rest.length === 0 ? 'true' : rest.join('='));
    }
  }
  return { properties, profiles };
}
