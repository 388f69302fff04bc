/** Looks whether a mirror has what its metadata names. */
import { metadataPath, parseArtifactPath } from '../../maven/coordinate/path.js';
import { type Metadata, parseMetadata } from '../../maven/metadata/metadata.js';
import { MetadataError } from '../../maven/metadata/metadata-error.js';
import { metadataMaxBytes } from '../../network/transport/contract/limits.js';
import type { CanonicalAnswers } from './canonical-answers.js';
import type { MirrorQuestions } from './mirror-questions.js';
import type { MirrorScope } from './mirror-scope.js';
import type { Release } from './releases.js';
import type { MetadataFinding, SampleFinding } from './verdict/findings.js';

/** Artifacts that are looked at, of each kind. */
const artifactsOf = { newest: 10, old: 5 };

type Sample = readonly [Release, SampleFinding];

export interface MetadataExamination {
  readonly questions: MirrorQuestions;
  readonly canonical: CanonicalAnswers;
  /** Versions outside need not be there, although metadata names them. */
  readonly scope: MirrorScope;
  readonly newest: readonly Sample[];
  readonly old: readonly Sample[];
}

export interface ExaminedMetadata {
  readonly findings: readonly MetadataFinding[];
  /** The longest `max-age` in seconds; null if no answer named one. */
  readonly maxAge: number | null;
}

export async function examineMetadata({ questions, canonical, scope, newest, old }: MetadataExamination): Promise<ExaminedMetadata> {
  const byArtifact = new Map<string, Sample>();
  for (const sample of [...newest.slice(0, artifactsOf.newest), ...old.slice(0, artifactsOf.old)]) {
    const [{ group, artifact }] = sample;
    if (!byArtifact.has(`${group}:${artifact}`)) byArtifact.set(`${group}:${artifact}`, sample);
  }
  const ages: number[] = [];
  const examiner = new MetadataExaminer(questions, canonical, scope, (seconds) => ages.push(seconds));
  const findings = await Promise.all([...byArtifact].map(([name, sample]) => examiner.examine(name, sample)));
  return { findings, maxAge: ages.length === 0 ? null : Math.max(...ages) };
}

class MetadataExaminer {
  readonly #questions: MirrorQuestions;
  readonly #canonical: CanonicalAnswers;
  readonly #scope: MirrorScope;
  readonly #onAge: (seconds: number) => void;

  constructor(questions: MirrorQuestions, canonical: CanonicalAnswers, scope: MirrorScope, onAge: (seconds: number) => void) {
    this.#questions = questions;
    this.#canonical = canonical;
    this.#scope = scope;
    this.#onAge = onAge;
  }

  async examine(name: string, [release, sample]: Sample): Promise<MetadataFinding> {
    const { group, artifact, version } = release;
    const nothing = { artifact: name, namesSample: null, absentVersion: null, isUpstream: null };
    const answer = await this.#questions.ask(metadataPath(group, artifact), metadataMaxBytes);
    if (answer.kind !== 'file') return { ...nothing, state: answer.kind };
    const age = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(answer.headers['cache-control'] ?? '')?.[1];
    if (age !== undefined) this.#onAge(Number(age));
    const metadata = read(answer.bytes, group, artifact);
    if (metadata === null) return { ...nothing, state: 'unreadable' };
    const hasSample = sample.file === 'right' || sample.file === 'wrong';
    const absentVersion = await this.#findAbsent(metadata, release, sample);
    const path = absentVersion === null ? null : pomPath(group, artifact, absentVersion);
    const expected = path === null ? null : await this.#canonical.expected(path);
    return {
      artifact: name,
      state: 'read',
      namesSample: hasSample ? metadata.versions.includes(version) : null,
      absentVersion,
      isUpstream: expected === null || expected.kind === 'unknown' ? null : expected.kind === 'published',
    };
  }

  /** Looks for the sampled version, the newest and the oldest that the metadata names. */
  async #findAbsent(
    { versions, release, latest }: Metadata,
    { group, artifact, version }: Release,
    sample: SampleFinding,
  ): Promise<string | null> {
    if (sample.file === 'missing' && versions.includes(version)) return version;
    const candidates = [release ?? latest ?? versions.at(-1), versions[0]].filter((one) => one !== undefined);
    for (const candidate of new Set(candidates)) {
      const path = candidate === version || !versions.includes(candidate) ? null : pomPath(group, artifact, candidate);
      if (path === null || !(await this.#scope.takes({ group, artifact, version: candidate, releasedMs: null }))) continue;
      const answer = await this.#questions.ask(path, metadataMaxBytes);
      if (answer.kind === 'missing') return candidate;
    }
    return null;
  }
}

function read(bytes: Uint8Array, group: string, artifact: string): Metadata | null {
  try {
    return parseMetadata(bytes, { group, artifact });
  } catch (error) {
    if (error instanceof MetadataError) return null;
    throw error;
  }
}

/** Null for a snapshot, since the names of its files carry timestamps, and for what is not one version. */
function pomPath(group: string, artifact: string, version: string): string | null {
  const path = `${group.replaceAll('.', '/')}/${artifact}/${version}/${artifact}-${version}.pom`;
  return version.endsWith('-SNAPSHOT') || parseArtifactPath(path) === null ? null : path;
}
