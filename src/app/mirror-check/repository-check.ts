/** Checks the mirrors of one repository against its canonical operator. */
import { findBuiltIn } from '../../network/mirrors/built-in.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import type { Transport } from '../../network/transport/contract/transport.js';
import { CanonicalAnswers } from './canonical-answers.js';
import { examineMirror } from './examine-mirror.js';
import { MirrorQuestions } from './mirror-questions.js';
import { examineReach } from './reach.js';
import { chooseReleases, type Releases } from './releases.js';
import type { MirrorFindings } from './verdict/findings.js';
import { judge, type Judgement } from './verdict/judge.js';
import type { ReleaseSample } from './verdict/model.js';

/** Where Clojars announces releases. */
const clojarsFeed = 'https://clojars.org/api/release-feed';

/** The canonical operator is asked on behalf of all mirrors, and sends the list of POMs. */
const canonicalLimits = { answerMs: 60_000, totalMs: 150_000, totalBytes: 512 * 1024 * 1024 };

export interface RepositoryCheckOptions {
  readonly repository: Repository;
  readonly transport: Transport;
  /** Null for the default. */
  readonly feed: URL | null;
  readonly seed: number;
  readonly ca: readonly string[];
  readonly isProxied: (url: URL) => boolean;
  readonly signal: AbortSignal;
}

/** The answers of one mirror, and what they mean. */
export interface ExaminedMirror {
  readonly mirror: Mirror;
  readonly findings: MirrorFindings;
  readonly judgement: Judgement;
}

export class RepositoryCheck {
  readonly #options: RepositoryCheckOptions;
  readonly #canonical: CanonicalAnswers;
  readonly #asked: MirrorQuestions[] = [];
  #releases: Promise<Releases> | null = null;

  constructor(options: RepositoryCheckOptions) {
    const { repository, transport, signal } = options;
    const { mirrors } = repository;
    this.#options = options;
    this.#canonical = new CanonicalAnswers(
      mirrors
        .filter(({ canonical }) => canonical)
        .map((mirror) => new MirrorQuestions({ mirror, mirrors, transport, signal, limits: canonicalLimits })),
    );
  }

  /** Milliseconds since 1970, by the clock of the canonical operator, else by those of the mirrors: this machine's may be wrong. */
  now(): number {
    const clocks = this.#asked.flatMap(({ clockMs }) => clockMs ?? []).sort((a, b) => a - b);
    return Date.now() + (this.#canonical.clockMs ?? clocks[Math.floor(clocks.length / 2)] ?? 0);
  }

  async sample(): Promise<ReleaseSample> {
    const { newest, old } = await this.#choose();
    const describe = ({ group, artifact, version, releasedMs }: Releases['newest'][number]) => ({
      coordinate: `${group}:${artifact}:${version}`,
      released: releasedMs === null ? null : new Date(releasedMs).toISOString(),
    });
    return { repository: this.#options.repository.id, newest: newest.map(describe), old: old.map(describe) };
  }

  async warnings(): Promise<readonly string[]> {
    return (await this.#choose()).warnings;
  }

  /**
   * Examines and judges one mirror, which need not be on the list of the repository.
   * @param mustBeWhole it must have everything, whatever its trace says. Default: false
   */
  async examine(mirror: Mirror, mustBeWhole = false): Promise<ExaminedMirror> {
    const { repository, transport, ca, isProxied, signal } = this.#options;
    const releases = await this.#choose();
    const questions = new MirrorQuestions({ mirror, mirrors: repository.mirrors, transport, signal });
    this.#asked.push(questions);
    const answers = await examineMirror({ questions, canonical: this.#canonical, releases, mustBeWhole });
    const reach = await examineReach({ url: mirror.url, isProxied: isProxied(mirror.url), ca, signal, nowMs: this.now() });
    const findings = { ...answers, ...reach };
    return { mirror, findings, judgement: judge(findings, this.now()) };
  }

  #choose(): Promise<Releases> {
    return (this.#releases ??= this.#chooseOnce());
  }

  async #chooseOnce(): Promise<Releases> {
    const { repository, transport, feed, seed, signal } = this.#options;
    const builtIn = findBuiltIn(repository.id, repository.url)?.id;
    // Central announces nothing and has no list of POMs, and asking for a list of gigabytes would not be polite.
    if (builtIn === 'central') return { newest: [], old: [], warnings: [] };
    const releaseFeed = feed ?? (builtIn === 'clojars' ? new URL(clojarsFeed) : null);
    return chooseReleases({ repository, canonical: this.#canonical, feed: releaseFeed, seed, transport, signal });
  }
}
