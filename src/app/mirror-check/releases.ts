/** Chooses the releases that every mirror of a repository is asked for: the newest, and old ones at random. */
import { artifactPath } from '../../maven/coordinate/path.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { Transport } from '../../network/transport/contract/transport.js';
import type { CanonicalAnswers, ExpectedFile } from './canonical-answers.js';
import { MirrorQuestions } from './mirror-questions.js';
import { newestReleases } from './newest-releases.js';
import { oldReleases } from './old-releases.js';

/** A release to look for, and what its POM must be. */
export interface Release {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** Null for an old release. */
  readonly releasedMs: number | null;
  /** Path of its POM. */
  readonly path: string;
  readonly expected: ExpectedFile;
}

export interface Releases {
  readonly newest: readonly Release[];
  readonly old: readonly Release[];
  /** Sentences about what is not known. */
  readonly warnings: readonly string[];
}

/** Releases of each kind. */
const wanted = 20;
/** Looked up in addition: the canonical operator may have deleted some since the list was made. */
const spare = 10;
/** Drawn from the list: some may be among the newest. */
const drawn = 3 * wanted;

export interface ReleasesOptions {
  readonly repository: Repository;
  readonly canonical: CanonicalAnswers;
  /** Null if the repository has none. */
  readonly feed: URL | null;
  readonly seed: number;
  readonly transport: Transport;
  readonly signal: AbortSignal;
}

type Named = Omit<Release, 'path' | 'expected'>;

export async function chooseReleases(options: ReleasesOptions): Promise<Releases> {
  const { repository, canonical, feed, seed } = options;
  const [listed, list] = await Promise.all([feed === null ? null : readFeed(options, feed), oldReleases(canonical, drawn, seed)]);
  const newest = await withExpected(canonical, listed ?? []);
  const known = new Set(newest.map(({ path }) => path));
  const old = list.releases.map(({ group, artifact, version }) => ({ group, artifact, version, releasedMs: null }));
  const where = `repository ${repository.id}`;
  return {
    newest,
    old: await withExpected(
      canonical,
      old.filter((release) => !known.has(pomPath(release))),
    ),
    warnings: [
      listed === null
        ? `${where}: the newest releases are unknown, since ${feed === null ? 'it has no' : 'there is no answer from the'} release feed`
        : [],
      list.problem === null ? [] : `${where}: no old releases were drawn: ${list.problem}`,
    ].flat(),
  };
}

async function readFeed({ repository, canonical, transport, signal }: ReleasesOptions, feed: URL): Promise<readonly Named[] | null> {
  const operator: Repository['mirrors'][number] = {
    url: feed,
    operator: repository.operator,
    canonical: true,
    trusted: true,
    lastResort: false,
    priority: 0,
  };
  const questions = new MirrorQuestions({ mirror: operator, mirrors: [], transport, signal });
  // The time of the canonical operator counts: this machine's clock may be wrong.
  await canonical.tellTime();
  return newestReleases((url, maxBytes) => questions.ask(url, maxBytes), feed, wanted + spare, Date.now() + (canonical.clockMs ?? 0));
}

/** Keeps the first of these that the canonical operator has, or may have. */
async function withExpected(canonical: CanonicalAnswers, releases: readonly Named[]): Promise<readonly Release[]> {
  const all = await Promise.all(
    releases.slice(0, wanted + spare).map(async (release): Promise<Release> => {
      const path = pomPath(release);
      return { ...release, path, expected: await canonical.expected(path) };
    }),
  );
  return all.filter(({ expected }) => expected.kind !== 'absent').slice(0, wanted);
}

function pomPath({ group, artifact, version }: Named): string {
  return artifactPath({ group, artifact, version, classifier: '', extension: 'pom' });
}
