/**
 * Compares a signed file with the name that it is served under. A signature binds bytes, not names: a server could deliver another file by
 * the same author, with its good signature. POMs and most jars name themselves.
 */
import { readRegularFile, RefusedFile } from '../../base/disk/regular-file.js';
import { metadataMaxBytes } from '../../network/transport/contract/limits.js';
import type { SignedSubject } from '../../proof/signed-subject.js';
import type { Parts, Trust } from '../context.js';
import type { SignedBody } from './signature-review.js';

/**
 * Describes why the file is not the wanted one, judging by its contents: the end of a sentence, escaped; null if it is the wanted one, or
 * does not name itself.
 */
export async function checkSignedName(
  { trust }: Parts<'trust'>,
  subject: SignedSubject,
  path: string,
  body: SignedBody,
): Promise<string | null> {
  const { extension, classifier } = subject;
  if (extension === 'pom') return checkPomName(trust, body, subject);
  if (!/\.(?:jar|war|ear|aar|bundle|nbm)$/.test(path) || classifier === 'sources' || classifier === 'javadoc') return null;
  const [{ readPomProperties }, { checkJarCoordinate }] = await Promise.all([
    import('../jar/pom-properties.js'),
    import('../jar/jar-coordinate.js'),
  ]);
  const reading = await readPomProperties((await body.bytes?.()) ?? (await fileOf(body)));
  // A signed POM in place of a jar holds the author's bytes under a name that the author never gave them.
  return reading.status === 'read' ? checkJarCoordinate(reading, subject) : `it is not a jar that Java could open: ${reading.reason}`;
}

async function checkPomName(trust: Trust, body: SignedBody, subject: SignedSubject): Promise<string | null> {
  try {
    return await trust.checkPom((await body.bytes?.()) ?? readRegularFile(await fileOf(body), metadataMaxBytes), subject);
  } catch (error) {
    if (error instanceof RefusedFile) return `it ${error.message}`;
    throw error;
  }
}

async function fileOf({ file, ready }: SignedBody): Promise<string> {
  await ready();
  return file;
}
