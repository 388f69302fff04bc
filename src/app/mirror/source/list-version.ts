/** Lists the folder of one version over http: by its listing, by its metadata, or by the usual names. */
import { classifyKey } from '../../../maven/repository-index/classify-key.js';
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import { namesIn } from '../../../maven/repository-index/names-in-metadata.js';
import { filesIn, type FolderListings } from './crawl.js';
import { guesses } from './pom-index.js';
import { readWhole } from './read-text.js';
import type { OpenOptions, SourceBody, SourceFile } from './source.js';

const maxMetadataBytes = 8 * 1024 * 1024;

type Open = (key: string, options: OpenOptions) => Promise<SourceBody | null>;

/** @throws {SourceError} */
export async function listVersion(
  open: Open,
  listings: FolderListings,
  folder: string,
  signal: AbortSignal,
): Promise<readonly SourceFile[]> {
  const names = await listings.read(`${folder}/`, signal);
  if (names !== null) return filesIn(`${folder}/`, names);
  if (!folder.endsWith('-SNAPSHOT')) return guesses(`${folder}/${nameOf(folderOf(folder))}-${nameOf(folder)}.pom`);
  const key = `${folder}/maven-metadata.xml`;
  const metadata = await readWhole(open, key, { maxBytes: maxMetadataBytes, signal });
  const builds = metadata === null ? [] : namesIn(key, metadata).map((named) => named.key);
  return [...builds, key]
    .flatMap((file) => [file, `${file}.md5`, `${file}.sha1`, ...(classifyKey(file).kind === 'metadata' ? [] : [`${file}.asc`])])
    .map((file) => ({
      key: file,
      size: null,
      mark: '',
      isGuess: true,
    }));
}
