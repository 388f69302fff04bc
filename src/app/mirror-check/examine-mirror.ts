/** Asks one mirror everything that is judged: what it says of itself, sampled releases, and its metadata. */
import { lastSyncMaxBytes, lastSyncPath, parseLastSync, parseTrace, traceMaxBytes, tracePath } from '../../maven/mirror-trace/trace.js';
import { checksumMaxBytes, metadataMaxBytes } from '../../network/transport/contract/limits.js';
import { digestOf } from '../../proof/checksum/digest.js';
import { parseSidecar } from '../../proof/checksum/sidecar.js';
import type { CanonicalAnswers, ExpectedFile } from './canonical-answers.js';
import { type ExaminedMetadata, examineMetadata } from './examine-metadata.js';
import type { MirrorAnswer, MirrorQuestions } from './mirror-questions.js';
import { MirrorScope } from './mirror-scope.js';
import type { Reach } from './reach.js';
import type { Release, Releases } from './releases.js';
import type { FileState, MirrorFindings, OwnFile, SampleFinding } from './verdict/findings.js';

/** No file of a Maven repository has this name. */
const pathOfNothing = '.well-known/clojars-fetch-no-such-file';

export interface Examination {
  readonly questions: MirrorQuestions;
  readonly canonical: CanonicalAnswers;
  readonly releases: Releases;
  /** Whether the mirror must have everything, whatever its trace says. */
  readonly mustBeWhole: boolean;
}

export async function examineMirror({
  questions,
  canonical,
  releases: all,
  mustBeWhole,
}: Examination): Promise<Omit<MirrorFindings, keyof Reach>> {
  const trace = await readOwn(questions, tracePath, traceMaxBytes, (text) => {
    const read = parseTrace(text);
    return read.ok ? { state: 'read', value: read.trace } : { state: 'unreadable', problem: read.problem };
  });
  const lastSync = await readOwn(questions, lastSyncPath, lastSyncMaxBytes, (text) => {
    const value = parseLastSync(text);
    return value === null ? { state: 'unreadable', problem: 'not a number of seconds' } : { state: 'read', value };
  });
  // Without any answer so far, a hundred more questions would only add load to a server in trouble.
  const nothing = await questions.ask(pathOfNothing, checksumMaxBytes);
  const isReached = questions.hasAnswered;
  const filter = mustBeWhole || trace.state !== 'read' ? null : trace.value.filter;
  const scope = new MirrorScope(filter, canonical);
  const releases = { newest: await scope.within(all.newest), old: await scope.within(all.old) };
  const examiner = new ReleaseExaminer(questions, canonical);
  const [newest, old] = isReached ? await Promise.all([examiner.examineAll(releases.newest), examiner.examineAll(releases.old)]) : [[], []];
  const metadata: ExaminedMetadata = isReached
    ? await examineMetadata({ questions, canonical, scope, newest: pair(releases.newest, newest), old: pair(releases.old, old) })
    : { findings: [], maxAge: null };
  return {
    failure: questions.hasAnswered ? null : (questions.firstFailure ?? 'no answer'),
    timesMs: questions.timesMs,
    trace,
    lastSync,
    statusOfNothing: nothing.kind === 'missing' ? nothing.status : nothing.kind === 'file' ? 200 : null,
    elsewhere: questions.elsewhere,
    newest,
    old,
    metadata: metadata.findings,
    metadataMaxAge: metadata.maxAge,
  };
}

async function readOwn<Value>(
  questions: MirrorQuestions,
  path: string,
  maxBytes: number,
  read: (text: string) => OwnFile<Value>,
): Promise<OwnFile<Value>> {
  const answer = await questions.ask(path, maxBytes);
  if (answer.kind === 'file') return read(new TextDecoder().decode(answer.bytes));
  if (answer.kind === 'failed' && answer.isTooLarge) return { state: 'unreadable', problem: `larger than ${maxBytes} bytes` };
  return { state: answer.kind };
}

function pair(releases: readonly Release[], findings: readonly SampleFinding[]): readonly (readonly [Release, SampleFinding])[] {
  return releases.flatMap((release, index) => {
    const finding = findings[index];
    return finding === undefined ? [] : [[release, finding] as const];
  });
}

/** Releases of each kind whose jar is looked for. */
const jarsOf = 5;

class ReleaseExaminer {
  readonly #questions: MirrorQuestions;
  readonly #canonical: CanonicalAnswers;

  constructor(questions: MirrorQuestions, canonical: CanonicalAnswers) {
    this.#questions = questions;
    this.#canonical = canonical;
  }

  examineAll(releases: readonly Release[]): Promise<readonly SampleFinding[]> {
    return Promise.all(releases.map((release, index) => this.#examine(release, index < jarsOf)));
  }

  async #examine({ group, artifact, version, releasedMs, path, expected }: Release, withJar: boolean): Promise<SampleFinding> {
    const answer = await this.#questions.ask(path, metadataMaxBytes);
    const pom = stateOf(answer, expected, (bytes, algorithm) => digestOf(bytes, [algorithm])[algorithm]);
    const checksum = answer.kind === 'file' ? await this.#examineChecksum(path, expected) : 'unknown';
    const file = withJar && pom === 'right' && (await this.#lacksJar(path)) ? 'missing' : pom;
    return { coordinate: `${group}:${artifact}:${version}`, releasedMs, file, checksum };
  }

  async #examineChecksum(path: string, expected: ExpectedFile): Promise<FileState> {
    if (expected.kind !== 'published' || !expected.hasChecksumFile) return 'unknown';
    const answer = await this.#questions.ask(`${path}.${expected.algorithm}`, checksumMaxBytes);
    return stateOf(answer, expected, (bytes, algorithm) => {
      const sidecar = parseSidecar(bytes, algorithm);
      return sidecar.ok ? sidecar.value : undefined;
    });
  }

  /** The canonical operator is not asked for jars: it counts downloads. */
  async #lacksJar(path: string): Promise<boolean> {
    if (this.#questions.mirror.canonical) return false;
    const jar = path.replace(/\.pom$/, '.jar');
    return (await this.#canonical.has(jar)) && (await this.#questions.look(jar)).kind === 'missing';
  }
}

type Published = Extract<ExpectedFile, { kind: 'published' }>;

function stateOf(
  answer: MirrorAnswer,
  expected: ExpectedFile,
  valueOf: (bytes: Uint8Array, algorithm: Published['algorithm']) => string | undefined,
): FileState {
  if (answer.kind !== 'file') return answer.kind;
  if (expected.kind !== 'published') return 'unknown';
  return valueOf(answer.bytes, expected.algorithm) === expected.value ? 'right' : 'wrong';
}
