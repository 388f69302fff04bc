/** Small worlds of artifacts on loopback servers, for closures. */
import { createFixtureRepository, type FixtureOptions } from './maven-repository.js';

type FixtureArtifact = FixtureOptions['artifacts'][number];

/**
 * A repository from lines `name:version -> other:version, third:version scope, …`; the group is always `g`. Lines with the same name and
 * different versions are one artifact.
 */
export function world(...lines: readonly string[]): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const versions = new Map<string, string[]>();
  for (const line of lines) {
    const [name = '', version = ''] = (line.split(' ')[0] ?? '').split(':');
    versions.set(name, [...(versions.get(name) ?? []), version]);
  }
  for (const line of lines) {
    const [head = '', tail = ''] = line.split(' -> ');
    const [name = '', version = ''] = head.split(' ')[0]?.split(':') ?? [];
    const [, pomElements] = /<.*>/.exec(head) ? [null, /<.*>/.exec(head)?.[0]] : [null, undefined];
    const artifact: FixtureArtifact = {
      group: 'g',
      artifact: name,
      versions: [version],
      size: 300,
      ...(/ pom\b/.test(head) ? { packaging: 'pom' } : {}),
      ...(pomElements === undefined ? {} : { pomElements }),
      ...(/ (?:sources|javadoc)\b/.test(head)
        ? { classifiers: ['sources', 'javadoc'].filter((word) => head.split(' ').includes(word)) }
        : {}),
      dependencies:
        tail === ''
          ? []
          : tail.split(', ').map((text) => {
              const [target = '', ...words] = text.split(' ');
              const [artifactName = '', wanted = ''] = target.split(/:(.*)/s);
              const scope = words.find((word) => word !== 'optional');
              return {
                group: 'g',
                artifact: artifactName,
                version: wanted,
                ...(scope === undefined ? {} : { scope }),
                ...(words.includes('optional') ? { optional: true } : {}),
              };
            }),
    };
    for (const [path, content] of createFixtureRepository({ artifacts: [artifact] }).files) files.set(path, content);
  }
  // Metadata that lists every version, not just that of the last line.
  for (const [name, all] of versions) {
    const { files: some } = createFixtureRepository({ artifacts: [{ group: 'g', artifact: name, versions: all, size: 1 }] });
    for (const [path, content] of some) if (/^g\/[^/]+\/maven-metadata/.test(path)) files.set(path, content);
  }
  return files;
}

/** The layout's path of a file of the group `g`. */
export function pathOf(name: string, version: string, extension = 'jar'): string {
  return `g/${name}/${version}/${name}-${version}.${extension}`;
}
