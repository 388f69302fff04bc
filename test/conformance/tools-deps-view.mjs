/**
 * One view of our answers, for compare-tools-deps.mjs: `VIEW=libraries` lists every library, and keeps in the folder `ANSWERED`
 * those with a place on the class path, which `VIEW=class-path` lists. A jar that the repository does not have fails the project,
 * as a download of it would.
 *
 * The repository of the answers has next to no jars. Its rule: a jar is there if its folder has a POM of the artifact.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const built = process.env.BUILT;
const { exports: entries } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'));
const product = await import(pathToFileURL(join(built, entries['./project'].import.default)).href);

export async function resolveProject(file, options) {
  // The folder is named by the case.
  const kept = join(process.env.ANSWERED, `${basename(dirname(file))}.json`);
  if (process.env.VIEW === 'class-path') {
    const { error, project } = JSON.parse(readFileSync(kept, 'utf8'));
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return project;
  }
  try {
    const project = await resolveLibraries(file, options);
    writeFileSync(kept, JSON.stringify({ project: { resolution: classPathOf(project) } }));
    return project;
  } catch (error) {
    const { code, reason, message } = error;
    writeFileSync(kept, JSON.stringify({ error: { code, reason, message } }));
    throw error;
  }
}

async function resolveLibraries(file, options) {
  const project = await product.resolveProject(file, options);
  const { resolution } = project;
  if (resolution === null) return project;
  const folders = options.repositories.map(({ url }) => fileURLToPath(url));
  const plain = new Map(resolution.poms.map(({ group, artifact, version }) => [`${group}:${artifact}`, version]));
  const jars = resolution.dependencies.filter(({ extension }) => extension === 'jar');
  for (const { group, artifact, version } of jars) {
    const known = isMeta(version) ? (plain.get(`${group}:${artifact}`) ?? version) : version;
    if (!folders.some((folder) => hasFile(folder, group, artifact, known))) throw new Error(`${group}:${artifact}:${known} has no jar`);
  }
  return project;
}

/** The parts of the resolution that compare.mjs looks at, without libraries that are not on the class path. */
function classPathOf({ model, resolution }) {
  if (resolution === null) return null;
  const { dependencies, poms, problems } = resolution;
  const isOnIt = (library) => (model.classPathOverrides?.get(nameOf(library)) ?? (library.extension === 'jar' ? 'jar' : '')) !== '';
  return { dependencies: dependencies.filter(isOnIt), poms, problems };
}

function nameOf({ group, artifact, classifier }) {
  return `${group}/${artifact}${classifier === '' ? '' : `$${classifier}`}`;
}

function isMeta(version) {
  return version === 'RELEASE' || version === 'LATEST';
}

function hasFile(folder, group, artifact, version) {
  const base = version.replace(/-\d{8}\.\d{6}-\d+$/, '-SNAPSHOT');
  try {
    const names = readdirSync(join(folder, group.replaceAll('.', '/'), artifact, base));
    return names.some((name) => name.startsWith(`${artifact}-`) && /\.(?:pom|jar)$/.test(name));
  } catch {
    return false;
  }
}
