/**
 * Reads the coordinates that a jar gives for itself: `META-INF/maven/<group>/<artifact>/pom.properties`, which Maven and Leiningen put
 * there.
 *
 * A signature binds bytes, not names. A server can deliver a file with a good signature under another coordinate. These entries are signed
 * too, and reveal the swap.
 */
import { parseProperties } from '../../local/repository/properties.js';
import { type JarEntry, JarProblem, type ReadAt, readEntries } from './central-directory.js';
import { readContent } from './entry-content.js';
import { sliceOf, withJar } from './open-jar.js';

/** One `pom.properties`. Values are as written, NOT escaped; empty if missing. */
export interface PomProperties {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** Its name in the jar. */
  readonly entry: string;
}

/** The coordinates that a jar gives for itself. */
export interface JarWords {
  readonly entries: readonly PomProperties[];
  /**
   * Whether the tool that made the jar adds a `pom.properties` about the jar itself, as Maven and Leiningen do. Gradle does not: those in
   * its jars describe jars that were packed into them.
   */
  readonly hasOwn: boolean;
}

/** `unreadable`: a JVM could not open it as a jar either, or it exceeds our limits; the reason is a clause about 'it'. */
export type JarReading = ({ readonly status: 'read' } & JarWords) | { readonly status: 'unreadable'; readonly reason: string };

/** A jar that bundles all its dependencies has a few hundred. */
const maxEntries = 1000;
const maxBytes = 64 * 1024;
/** The manifest of a jar with Java's own signatures lists every file. */
const maxManifestBytes = 4 * 1024 * 1024;
const manifestName = Buffer.from('META-INF/MANIFEST.MF');
const prefix = Buffer.from('META-INF/maven/');
const suffix = Buffer.from('/pom.properties');

/**
 * Reads every `META-INF/maven/**\/pom.properties` of a jar, in the order of its central directory; a name that repeats is
 * read for each entry. From a large jar it reads only the directory and those entries.
 *
 * Rejects as {@link openRegularFile} throws if the file cannot be opened or read.
 *
 * @param jar its file, or its bytes
 */
export async function readPomProperties(jar: string | Uint8Array): Promise<JarReading> {
  return typeof jar === 'string' ? withJar(jar, readWords) : readWords(sliceOf(jar), jar.length);
}

async function readWords(readAt: ReadAt, size: number): Promise<JarReading> {
  try {
    const all = await readEntries(readAt, size, (bytes, start, end) => isPomProperties(bytes, start, end) || isManifest(bytes, start, end));
    const found = all.filter(({ name }) => !name.equals(manifestName));
    if (found.length > maxEntries) throw new JarProblem(`it holds ${found.length} pom.properties, more than ${maxEntries}`);
    const entries: PomProperties[] = [];
    for (const entry of found) {
      const name = entry.name.toString('utf8');
      if (isSafeName(name)) entries.push(await readOne(readAt, entry, name));
    }
    // Read only if it matters, which is in few jars.
    const manifests = entries.length === 0 ? [] : all.filter(({ name }) => name.equals(manifestName)).slice(0, 2);
    let hasOwn = false;
    for (const manifest of manifests) hasOwn ||= namesBuilder((await readContent(readAt, manifest, maxManifestBytes)).toString('utf8'));
    return { status: 'read', entries, hasOwn };
  } catch (error) {
    if (error instanceof JarProblem) return { status: 'unreadable', reason: error.message };
    throw error;
  }
}

function isPomProperties(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < prefix.length + suffix.length || bytes[start] !== prefix[0] || bytes[end - 1] !== suffix[suffix.length - 1])
    return false;
  return (
    bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0 &&
    bytes.compare(suffix, 0, suffix.length, end - suffix.length, end) === 0
  );
}

function isManifest(bytes: Buffer, start: number, end: number): boolean {
  return end - start === manifestName.length && bytes.compare(manifestName, 0, manifestName.length, start, end) === 0;
}

/**
 * Whether the manifest names a tool such as Maven, Leiningen or tools.build: they write `Build-Jdk`, `Build-Jdk-Spec` or
 * their own name. Gradle writes none of these; the JDK's jar tool and Ant write the version of the JDK. Checked against
 * 657 jars with a `pom.properties` from Maven Central in 2026: of 646 that describe themselves, 644 have the mark; of the
 * other 11, none has.
 */
function namesBuilder(manifest: string): boolean {
  const main = manifest.split(/\r?\n\r?\n/, 1)[0] ?? '';
  return /^Build-Jdk(?:-Spec)?:|^Created-By: *[^\s\d]/im.test(main);
}

/** A JVM never looks up a name with `..` in it. */
function isSafeName(name: string): boolean {
  return !name.split(/[/\\]/).some((part) => part === '..' || part === '.' || part === '');
}

async function readOne(readAt: ReadAt, entry: JarEntry, name: string): Promise<PomProperties> {
  const properties = parseProperties((await readContent(readAt, entry, maxBytes)).toString('latin1'));
  const value = (key: string): string => (properties.get(key) ?? '').trim();
  return { group: value('groupId'), artifact: value('artifactId'), version: value('version'), entry: name };
}
