/** Lists a repository by Clojars's index of all POMs: only the folders of versions that the target lacks are asked for. */
import { ClojarsFetchError } from '../../../base/error.js';
import { parsePomLine } from '../../../maven/repository-index/all-poms.js';
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import { parseSidecar } from '../../../proof/checksum/sidecar.js';
import { NoLinesError, unpackedLines } from '../../client/unpacked-lines.js';
import { filesIn, FolderListings } from './crawl.js';
import { readWhole } from './read-text.js';
import { type ListContext, type OpenOptions, type SourceBody, SourceError, type SourceFile } from './source.js';

const indexName = 'all-poms.txt.gz';
const maxIndexBytes = 256 * 1024 * 1024;
const maxChecksumBytes = 4096;
/** Each try fetches the index and its sum: they are replaced every hour, not at once. */
const tries = 3;

type Open = (key: string, options: OpenOptions) => Promise<SourceBody | null>;

/** A POM's folder, and the POMs that the index names in it. */
interface Version {
  readonly folder: string;
  readonly poms: string[];
}

/** @param parallel folders asked for at once */
export async function* listByPomIndex(open: Open, parallel: number, context: ListContext): AsyncGenerator<readonly SourceFile[]> {
  const index = await readIndex(open, context.signal);
  const listings = new FolderListings(open);
  const lacking = new LackingVersions(context);
  let artifact = '';
  let waiting: Version[] = [];
  for await (const version of versionsOf(index)) {
    const known = context.knownVersion(version.folder);
    const files = known === null ? [] : [...known.files];
    if (folderOf(version.folder) !== artifact) {
      artifact = folderOf(version.folder);
      files.push(...withChecksums(`${artifact}/maven-metadata.xml`));
    }
    if (version.folder.endsWith('-SNAPSHOT')) files.push(...withChecksums(`${version.folder}/maven-metadata.xml`));
    if (files.length > 0) yield files;
    // A snapshot's folder gets new files under an old name.
    const isWhole = known?.mayHaveGrown === false && version.poms.every((pom) => known.files.some(({ key }) => key === pom));
    waiting.push(...lacking.add(version, isWhole || context.isOutside?.(version.folder) === true));
    for (; waiting.length >= parallel; waiting = waiting.slice(parallel))
      yield* await filesOf(waiting.slice(0, parallel), listings, context.signal);
  }
  for (waiting.push(...lacking.rest()); waiting.length > parallel; waiting = waiting.slice(parallel))
    yield* await filesOf(waiting.slice(0, parallel), listings, context.signal);
  yield* await filesOf(waiting, listings, context.signal);
}

/** Gathers the versions that the target lacks, until all versions of their artifact are known: only the newest may be wanted. */
class LackingVersions {
  readonly #newestOf: ListContext['newestOf'];
  /** By the folder of the artifact. Folders of other groups may come between its versions. */
  readonly #artifacts = new Map<string, { readonly names: string[]; readonly lacking: Version[] }>();

  constructor({ newestOf }: ListContext) {
    this.#newestOf = newestOf;
  }

  /** Returns versions to look into. */
  add(version: Version, isDone: boolean): readonly Version[] {
    if (this.#newestOf === undefined) return isDone ? [] : [version];
    const ended = [...this.#artifacts.keys()].filter((artifact) => !version.folder.startsWith(`${artifact}/`));
    const found = ended.flatMap((artifact) => this.#take(artifact));
    const artifact = folderOf(version.folder);
    const gathered = this.#artifacts.get(artifact) ?? { names: [], lacking: [] };
    this.#artifacts.set(artifact, gathered);
    gathered.names.push(nameOf(version.folder));
    if (!isDone) gathered.lacking.push(version);
    return found;
  }

  rest(): readonly Version[] {
    return [...this.#artifacts.keys()].flatMap((artifact) => this.#take(artifact));
  }

  #take(artifact: string): readonly Version[] {
    const { names, lacking } = this.#artifacts.get(artifact) ?? { names: [], lacking: [] };
    this.#artifacts.delete(artifact);
    const newest = lacking.length === 0 ? undefined : this.#newestOf?.(artifact, names);
    return lacking.filter(({ folder }) => newest?.has(nameOf(folder)) !== false);
  }
}

async function filesOf(versions: readonly Version[], listings: FolderListings, signal: AbortSignal): Promise<readonly SourceFile[][]> {
  return Promise.all(
    versions.map(async ({ folder, poms }) => {
      const names = await listings.read(`${folder}/`, signal);
      if (names === null) return poms.flatMap(guesses);
      return filesIn(`${folder}/`, names).filter(({ key }) => !key.includes('/maven-metadata.xml'));
    }),
  );
}

/** The files that usually lie alongside a POM, for a server without listings. */
export function guesses(pom: string): readonly SourceFile[] {
  const jar = `${pom.slice(0, -'.pom'.length)}.jar`;
  return [...withChecksums(pom), ...withChecksums(jar), ...[pom, jar].map((key) => guess(`${key}.asc`))];
}

function withChecksums(key: string): readonly SourceFile[] {
  return [key, `${key}.md5`, `${key}.sha1`].map(guess);
}

function guess(key: string): SourceFile {
  return { key, size: null, mark: '', isGuess: true };
}

/** Names all POMs of the index. */
export async function* indexedPoms(open: Open, signal: AbortSignal): AsyncGenerator<string> {
  yield* pomsOf(await readIndex(open, signal));
}

async function* pomsOf(index: Buffer): AsyncGenerator<string> {
  for await (const line of linesOf(index)) {
    const pom = parsePomLine(line);
    if (pom !== null) yield pom;
  }
}

async function* versionsOf(index: Buffer): AsyncGenerator<Version> {
  let version: Version | null = null;
  for await (const pom of pomsOf(index)) {
    const folder = folderOf(pom);
    if (version !== null && version.folder === folder) version.poms.push(pom);
    else {
      if (version !== null) yield version;
      version = { folder, poms: [pom] };
    }
  }
  if (version !== null) yield version;
}

async function* linesOf(index: Buffer): AsyncGenerator<string> {
  try {
    yield* unpackedLines(index);
  } catch (error) {
    throw error instanceof NoLinesError ? unusable(error.message) : error;
  }
}

/** Reads the index and checks it against its sum: one that was cut off would look as if artifacts had been deleted. */
async function readIndex(open: Open, signal: AbortSignal): Promise<Buffer> {
  let problem = unusable('it does not match its checksum');
  for (let left = tries; left > 0; left -= 1) {
    try {
      const sum = await readSum(open, signal);
      const packed = await readWhole(open, indexName, { maxBytes: maxIndexBytes, signal });
      if (packed === null) throw unusable(`the source has no ${indexName}`);
      if (sum.value !== null && sum.value === digestOf(packed, [sum.algorithm])[sum.algorithm]) return packed;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      problem = unusable(error.message, 'Check the address of the source, and try again later.');
    }
  }
  throw problem;
}

/** Reads the SHA-1 of the index, or its MD5 if it has no other sum; null for a file without a sum. */
async function readSum(open: Open, signal: AbortSignal): Promise<{ readonly algorithm: 'sha1' | 'md5'; readonly value: string | null }> {
  for (const algorithm of ['sha1', 'md5'] as const) {
    const bytes = await readWhole(open, `${indexName}.${algorithm}`, { maxBytes: maxChecksumBytes, signal });
    if (bytes === null) continue;
    const read = parseSidecar(bytes, algorithm);
    return { algorithm, value: read.ok ? read.value : null };
  }
  throw unusable('the source has neither its .sha1 nor its .md5');
}

function unusable(why: string, hint = 'Use --crawl if the server lists its folders.'): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'no-listing',
    message: `${indexName}: ${why}`,
    hint,
  });
}
