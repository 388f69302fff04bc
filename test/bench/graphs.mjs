/** Closures to resolve from their roots: that of the generated repository, and graphs of POMs only, of any size. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { distFolder, work } from './lab.mjs';

const script = join(dirname(fileURLToPath(import.meta.url)), 'resolve-dependencies.mjs');

/** How one process resolves a closure. */
export function resolveCall({ roots, options, dependencyOptions = {}, dist = distFolder }) {
  const input = join(mkdtempSync(join(work, 'input-')), 'input.json');
  writeFileSync(input, JSON.stringify({ dist, roots, options, dependencyOptions }));
  return { args: [script, input], local: options.localRepository };
}

/** How the command line resolves the same roots, in a home folder of its own. */
export function commandLineCall({ roots, folder, url, dist = distFolder }) {
  const words = roots.map(({ group, artifact, version, exclusions = [] }) => {
    const excluded = exclusions.map((one) => `${one.group}/${one.artifact}`).join(' ');
    return `[${group}/${artifact} "${version}"${excluded === '' ? '' : ` :exclusions [${excluded}]`}]`;
  });
  const home = {
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: join(folder, 'state'),
  };
  const local = join(folder, 'local');
  return { args: [join(dist, 'cli.cjs'), 'deps', ...words, '--repo', `primary=${url}`, '--local-repo', local], env: home, local };
}

export const optionsIn = (folder, url, more = {}) => ({
  settings: false,
  repositories: [{ id: 'primary', url }],
  localRepository: join(folder, 'local'),
  cacheFolder: join(folder, 'cache'),
  stateFolder: join(folder, 'state'),
  ...more,
});

/** The dependencies of the root POM, with their exclusions. */
export function closureRoots(data) {
  const pom = readFileSync(join(data.folder, 'root', 'root.pom'), 'utf8').replace(
    /<dependencyManagement>[\s\S]*?<\/dependencyManagement>/,
    '',
  );
  const text = (element, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(element)?.[1];
  return [...pom.matchAll(/<dependency>([\s\S]*?)<\/dependency>/g)].map(([, element]) => {
    const own = element.replace(/<exclusions>[\s\S]*<\/exclusions>/, '');
    const exclusions = [...element.matchAll(/<exclusion>([\s\S]*?)<\/exclusion>/g)].map(([, one]) => ({
      group: text(one, 'groupId'),
      artifact: text(one, 'artifactId'),
    }));
    return { group: text(own, 'groupId'), artifact: text(own, 'artifactId'), version: text(own, 'version'), exclusions };
  });
}

/** POMs on disk, and how they are resolved. */
export function createGraph(size) {
  const folder = mkdtempSync(join(work, 'graph-'));
  const remote = join(folder, 'remote');
  for (let index = 0; index < size; index += 1) {
    const targets = [...new Set([2 * index + 1, 2 * index + 2, 7 * index + 3])].filter((target) => target < size);
    const path = join(remote, 'g', `a${index}`, '1');
    mkdirSync(path, { recursive: true });
    writeFileSync(
      join(path, `a${index}-1.pom`),
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a${index}</artifactId><version>1</version>
<description>${'Something to say. '.repeat(20)}</description><licenses><license><name>EPL</name><url>https://example.org/</url></license></licenses>
<dependencies>${targets.map((target) => `<dependency><groupId>g</groupId><artifactId>a${target}</artifactId><version>1</version></dependency>`).join('\n')}</dependencies></project>`,
    );
  }
  return {
    size,
    remote,
    options: optionsIn(folder, `${pathToFileURL(remote).href}/`, { trust: { checksums: 'ignore' } }),
    roots: [{ group: 'g', artifact: 'a0', version: '1' }],
  };
}
