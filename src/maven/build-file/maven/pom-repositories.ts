/** Reads `<repositories>` of a project's POM, which the POM room skips because graphs do not need it. */
import { parseXml, type XmlElement } from '../../../base/xml/xml.js';
import type { ProjectRepository } from '../model/model.js';

/**
 * Returns the repositories of the active profiles, then the POM's own; text as written. Empty if the file is not XML: reading its model
 * reports that.
 */
export function readPomRepositories(
  bytes: Uint8Array | string,
  profiles: readonly string[] = [],
): { readonly repositories: readonly ProjectRepository[]; readonly pluginRepositories: readonly ProjectRepository[] } {
  const project = parseXml(bytes, { lenient: true, htmlEntities: true });
  const active = (child(project, 'profiles')?.children ?? []).filter(
    (profile) => profile.local === 'profile' && profiles.includes(textIn(profile, 'id') ?? 'default'),
  );
  const all = [...active, project];
  return {
    repositories: all.flatMap((element) => repositoriesOf(child(element, 'repositories'), 'repository')),
    pluginRepositories: all.flatMap((element) => repositoriesOf(child(element, 'pluginRepositories'), 'pluginRepository')),
  };
}

function repositoriesOf(list: XmlElement | undefined, name: string): readonly ProjectRepository[] {
  return (list?.children ?? [])
    .filter(({ local }) => local === name)
    .flatMap((element) => {
      const [id, url] = [textIn(element, 'id'), textIn(element, 'url')];
      if (id === undefined || url === undefined) return [];
      return [{ id, url, ...enabled(element, 'releases'), ...enabled(element, 'snapshots') }];
    });
}

function enabled(element: XmlElement, name: 'releases' | 'snapshots'): Partial<Record<'releases' | 'snapshots', boolean>> {
  const policy = child(element, name);
  const value = policy === undefined ? undefined : textIn(policy, 'enabled');
  return value === undefined ? {} : { [name]: value.toLowerCase() === 'true' };
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find(({ local }) => local === name);
}

function textIn(element: XmlElement, name: string): string | undefined {
  const text = child(element, name)?.text.trim();
  return text === '' ? undefined : text;
}
