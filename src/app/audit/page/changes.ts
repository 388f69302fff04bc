/** Finds what changed since an earlier audit: findings that are new, and findings that are gone. */
import type { Finding, FindingClass } from '../contract.js';
import type { ResultReader } from '../result/result-reader.js';

/** Findings of one audit that the other does not have. */
export interface ChangedFindings {
  readonly count: number;
  /** By class; classes without any are left out. */
  readonly classes: Readonly<Partial<Record<FindingClass, number>>>;
  /** The first of them. */
  readonly examples: readonly Finding[];
}

export interface Changes {
  /** When the earlier audit ended, ISO 8601. */
  readonly since: string;
  readonly appeared: ChangedFindings;
  readonly gone: ChangedFindings;
}

const mostExamples = 100;

/** Reads both to their ends: only then are their lines known to be whole and in order. */
export function findChanges(earlier: ResultReader, present: ResultReader): Changes {
  const appeared = new Collected();
  const gone = new Collected();
  // The order of places may differ between the two, so the findings of a path are compared as a set.
  const readers = [new PathReader(earlier), new PathReader(present)] as const;
  for (;;) {
    const [one, other] = readers;
    const path = least(one.path, other.path);
    if (path === null) break;
    const before = one.take(path);
    const now = other.take(path);
    for (const [key, finding] of now) if (!before.has(key)) appeared.add(finding);
    for (const [key, finding] of before) if (!now.has(key)) gone.add(finding);
  }
  return { since: earlier.header.until, appeared: appeared.result(), gone: gone.result() };
}

function least(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

class Collected {
  #count = 0;
  readonly #classes: Partial<Record<FindingClass, number>> = {};
  readonly #examples: Finding[] = [];

  add(finding: Finding): void {
    this.#count += 1;
    this.#classes[finding.class] = (this.#classes[finding.class] ?? 0) + 1;
    if (this.#examples.length < mostExamples) this.#examples.push(finding);
  }

  result(): ChangedFindings {
    return { count: this.#count, classes: this.#classes, examples: this.#examples };
  }
}

/** Reads the findings of a result path by path. */
class PathReader {
  readonly #reader: ResultReader;
  readonly #urls: ReadonlyMap<string, string>;
  #next: { readonly finding: Finding; readonly key: string } | null;

  constructor(reader: ResultReader) {
    this.#reader = reader;
    this.#urls = new Map(reader.header.places.map(({ name, url }) => [name, url]));
    this.#next = this.#read();
  }

  /** The next path, as results sort them; null after the last. */
  get path(): string | null {
    return this.#next === null ? null : pathOf(this.#next.key);
  }

  /** Returns the findings of the path, by place and kind; none if the path is not the next one. */
  take(path: string): ReadonlyMap<string, Finding> {
    const taken = new Map<string, Finding>();
    while (this.#next !== null && this.path === path) {
      const { finding } = this.#next;
      // A place may have got another name meanwhile.
      taken.set(`${this.#urls.get(finding.place) ?? finding.place}\t${finding.finding}`, finding);
      this.#next = this.#read();
    }
    return taken;
  }

  #read(): { readonly finding: Finding; readonly key: string } | null {
    for (let line = this.#reader.next(); line !== null; line = this.#reader.next()) {
      if (line.finding !== null) return { finding: line.finding, key: line.key };
    }
    return null;
  }
}

function pathOf(key: string): string {
  return key.slice(0, key.indexOf('\t'));
}
