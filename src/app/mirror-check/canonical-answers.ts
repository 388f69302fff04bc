/** Knows what the canonical operator published: asks its origins in turn, once for each file. */
import { lastSyncMaxBytes, lastSyncPath } from '../../maven/mirror-trace/trace.js';
import { checksumMaxBytes, metadataMaxBytes } from '../../network/transport/contract/limits.js';
import { parseHttpDate } from '../../network/transport/contract/retry-after.js';
import type { ChecksumAlgorithm } from '../../proof/checksum/claim.js';
import { digestOf } from '../../proof/checksum/digest.js';
import { parseSidecar } from '../../proof/checksum/sidecar.js';
import type { MirrorAnswer, MirrorQuestions } from './mirror-questions.js';

/** The digest that a file must have. `unknown`: no origin of the canonical operator gave an answer. */
export type ExpectedFile =
  | {
      readonly kind: 'published';
      readonly algorithm: ChecksumAlgorithm;
      /** Lower-case hex. */
      readonly value: string;
      /** Whether the canonical operator has a checksum file. */
      readonly hasChecksumFile: boolean;
    }
  | { readonly kind: 'absent' | 'unknown' };

/** Clojars requires only one of the two. */
const algorithms = ['sha1', 'md5'] as const;

export class CanonicalAnswers {
  readonly #origins: readonly MirrorQuestions[];
  readonly #known = new Map<string, Promise<ExpectedFile>>();
  readonly #present = new Map<string, Promise<boolean>>();
  readonly #metadata = new Map<string, Promise<Uint8Array | null>>();
  readonly #dates = new Map<string, Promise<number | null>>();

  /** @param origins the canonical operator's, in the order to ask them */
  constructor(origins: readonly MirrorQuestions[]) {
    this.#origins = origins;
  }

  /** The canonical operator's time minus this machine's, in milliseconds; null if it does not tell. */
  get clockMs(): number | null {
    return this.#origins.find(({ clockMs }) => clockMs !== null)?.clockMs ?? null;
  }

  /** Asks for the time, if no answer has told it yet. */
  async tellTime(): Promise<void> {
    if (this.clockMs === null) await this.ask(lastSyncPath, lastSyncMaxBytes);
  }

  /** Asks the first origin that gives an answer. */
  async ask(where: string | URL, maxBytes: number): Promise<MirrorAnswer> {
    let answer: MirrorAnswer = { kind: 'failed', detail: 'there is no canonical origin', isTooLarge: false };
    for (const origin of this.#origins) {
      answer = await origin.ask(where, maxBytes);
      if (answer.kind !== 'failed') return answer;
    }
    return answer;
  }

  /** Returns what the file at this path must be. */
  expected(path: string): Promise<ExpectedFile> {
    let known = this.#known.get(path);
    if (known === undefined) this.#known.set(path, (known = this.#find(path)));
    return known;
  }

  /** Whether the canonical operator has this file, by its checksum files: for files that are too large to ask for. */
  has(path: string): Promise<boolean> {
    let known = this.#present.get(path);
    if (known === undefined) this.#present.set(path, (known = this.#look(path)));
    return known;
  }

  /** Returns the bytes of metadata; null if there is no answer. */
  metadata(path: string): Promise<Uint8Array | null> {
    let known = this.#metadata.get(path);
    if (known === undefined) {
      known = this.ask(path, metadataMaxBytes).then((answer) => (answer.kind === 'file' ? answer.bytes : null));
      this.#metadata.set(path, known);
    }
    return known;
  }

  /** Returns when this file was published, in milliseconds since 1970; null if the canonical operator does not tell. */
  dateOf(path: string): Promise<number | null> {
    let known = this.#dates.get(path);
    if (known === undefined) {
      known = this.ask(path, metadataMaxBytes).then((answer) =>
        answer.kind === 'file' ? parseHttpDate(answer.headers['last-modified'] ?? '', Date.now()) : null,
      );
      this.#dates.set(path, known);
    }
    return known;
  }

  async #look(path: string): Promise<boolean> {
    for (const algorithm of algorithms) {
      const { kind } = await this.ask(`${path}.${algorithm}`, checksumMaxBytes);
      if (kind !== 'missing') return kind === 'file';
    }
    return false;
  }

  async #find(path: string): Promise<ExpectedFile> {
    let isStrange = false;
    for (const algorithm of algorithms) {
      const answer = await this.ask(`${path}.${algorithm}`, checksumMaxBytes);
      if (answer.kind === 'failed') return { kind: 'unknown' };
      const sidecar = answer.kind === 'file' ? parseSidecar(answer.bytes, algorithm) : null;
      if (sidecar?.ok === true) return { kind: 'published', algorithm, value: sidecar.value, hasChecksumFile: true };
      isStrange ||= sidecar !== null;
    }
    // A login page in place of a checksum would also be taken for the file.
    if (isStrange) return { kind: 'unknown' };
    const answer = await this.ask(path, metadataMaxBytes);
    if (answer.kind !== 'file') return { kind: answer.kind === 'missing' ? 'absent' : 'unknown' };
    const { sha1 = '' } = digestOf(answer.bytes, ['sha1']);
    return { kind: 'published', algorithm: 'sha1', value: sha1, hasChecksumFile: false };
  }
}
