/**
 * Recognizes the 404 of a repository manager that cannot, or must not, ask its own upstream. It says nothing about the file.
 *
 * Nexus says it in the reason phrase alone, which HTTP/2 does not have. Artifactory says it in the body. The answer of a group of
 * repositories names no reason with either, and cannot be told from an absence. Sources: nexus-public, `ProxyHandler` and
 * `BlockingHttpClient`; an answer of Artifactory in scala/community-build #1738.
 */
import { wait } from '../../../base/async/wait.js';
import type { RawAnswer } from './exchange.js';

const nexusPhrase = /^Remote (?:Auto|Manually) Blocked\b/;
const artifactoryMessage = /"message"\s*:\s*"[^"]{0,500}\bis assumed offline\b/;
/** The body of an error of Artifactory is shorter, and comes with its headers. */
const mostBytes = 8 * 1024;
const mostMs = 1_000;

/** Whether this 404 is about the repository manager and not about the file. Reads a short JSON body, and nothing else. Never rejects. */
export async function saysUpstreamBlocked(answer: RawAnswer): Promise<boolean> {
  if (nexusPhrase.test(answer.statusText)) return true;
  const { headers, contentLength } = answer;
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '') || (contentLength ?? 0) > mostBytes) return false;
  const end = new AbortController();
  const late = wait(mostMs, end.signal).then(
    () => '',
    () => '',
  );
  try {
    return artifactoryMessage.test(await Promise.race([readText(answer), late]));
  } finally {
    end.abort();
  }
}

async function readText({ body }: RawAnswer): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > mostBytes) break;
    }
  } catch {
    // Counts the part that came before it broke off.
  }
  return Buffer.concat(pieces).toString('utf8', 0, Math.min(bytes, mostBytes));
}
