/** Reads the POM in a jar that a build file names as a library on this disk. */
import { metadataMaxBytes } from '../../network/transport/contract/limits.js';
import { JarProblem, readEntries } from './central-directory.js';
import { readContent } from './entry-content.js';
import { withJar } from './open-jar.js';

const prefix = 'META-INF/';
const suffix = 'pom.xml';

/**
 * Returns the first entry below META-INF whose name ends in `pom.xml`; `none` if the jar has none, and the problem if it is
 * not a jar. Rejects as `openRegularFile` throws.
 *
 * Source of the rule: tools.deps 0.31 `extensions.local/find-pom`.
 */
export async function readJarPom(
  file: string,
): Promise<{ readonly name: string; readonly bytes: Buffer } | 'none' | { readonly problem: string }> {
  return withJar(file, async (readAt, size) => {
    try {
      const [entry] = await readEntries(readAt, size, (bytes, start, end) => isPom(bytes.toString('latin1', start, end)));
      if (entry === undefined) return 'none';
      return { name: entry.name.toString('utf8'), bytes: await readContent(readAt, entry, metadataMaxBytes) };
    } catch (error) {
      if (error instanceof JarProblem) return { problem: error.message };
      throw error;
    }
  });
}

function isPom(name: string): boolean {
  return name.startsWith(prefix) && name.endsWith(suffix);
}
