/** Reads the plugins of a group: its `maven-metadata.xml` maps the prefix of a goal (`mvn compiler:compile`) to an artifact. */
import { childOf, childrenOf, childText, type XmlElement } from '../../base/xml/xml.js';
import { MetadataError } from './metadata-error.js';

/** One plugin of a group. */
export interface GroupPlugin {
  /** For people; null if there is none. */
  readonly name: string | null;
  readonly prefix: string;
  /** Safe as a path segment. */
  readonly artifact: string;
}

const maxPlugins = 100_000;
const maxNameLength = 1_000;

/** @param safe returns the text if it is safe as a path segment, otherwise null */
export function readPlugins(root: XmlElement, safe: (value: string | undefined) => string | null): GroupPlugin[] {
  const list = childOf(root, 'plugins');
  if (list === undefined) return [];
  if (list.children.length > maxPlugins) throw new MetadataError('too-large', `the metadata lists more than ${maxPlugins} plugins`);
  const plugins: GroupPlugin[] = [];
  for (const element of childrenOf(list, 'plugin')) {
    const prefix = safe(childText(element, 'prefix'));
    const artifact = safe(childText(element, 'artifactId'));
    if (prefix === null || artifact === null) continue;
    const name = childText(element, 'name') ?? '';
    plugins.push({ name: name === '' || name.length > maxNameLength ? null : name, prefix, artifact });
  }
  return plugins;
}
