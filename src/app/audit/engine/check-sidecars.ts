/** Reads the checksum files and signatures of a file at a place, and compares them with those of the origin. */
import { checksumMaxBytes, signatureMaxBytes } from '../../../network/transport/contract/limits.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import { parseSidecar } from '../../../proof/checksum/sidecar.js';
import { looksLikePage } from '../compare/looks-like-page.js';
import { otherAgent } from '../compare/sample.js';
import type { Evidence, PlanEntry, PlanSidecar } from '../contract.js';
import type { Answer, Small } from './answer.js';
import { checkBytes, type Content } from './check-bytes.js';
import type { Findings, PlaceContext } from './findings.js';

export type Algorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** Returns the algorithm of a checksum file by what is added to the path; null for a signature. */
export function algorithmOf(suffix: string): Algorithm | null {
  const last = suffix.slice(suffix.lastIndexOf('.') + 1);
  return last === 'md5' || last === 'sha1' || last === 'sha256' || last === 'sha512' ? last : null;
}

export async function checkSidecars(entry: PlanEntry, content: Content, context: PlaceContext, findings: Findings): Promise<void> {
  const check = new SidecarCheck(entry, content, context, findings);
  for (const [suffix, sidecar] of Object.entries(entry.sidecars ?? {})) await check.check(suffix, sidecar);
}

class SidecarCheck {
  readonly #entry: PlanEntry;
  readonly #context: PlaceContext;
  readonly #findings: Findings;
  #content: Content;

  constructor(entry: PlanEntry, content: Content, context: PlaceContext, findings: Findings) {
    this.#entry = entry;
    this.#content = content;
    this.#context = context;
    this.#findings = findings;
  }

  async check(suffix: string, sidecar: PlanSidecar): Promise<void> {
    const algorithm = algorithmOf(suffix);
    const path = `${this.#entry.path}.${suffix}`;
    const maxBytes = algorithm === null ? signatureMaxBytes : checksumMaxBytes;
    const answer = await this.#ask(path, maxBytes);
    if (answer.kind === 'none') return this.#findings.unknown(path, answer.evidence);
    if (answer.kind === 'missing') return this.#absent(path, algorithm, sidecar, answer.evidence);
    const { value, evidence } = answer;
    if (value !== null && sidecar.etag !== undefined && digestOf(value, ['md5']).md5 === sidecar.etag) return;
    const there = await this.#context.origin.readSmall(path, { maxBytes });
    if (value !== null && there.kind === 'file' && there.value?.equals(value) === true) return;
    if (value !== null && looksLikePage(path, value)) return this.#findings.add('not-maven', path, [evidence], {}, { isPage: true });
    if (algorithm === null) this.#signature(suffix, value, there, evidence);
    else await this.#checksum(path, algorithm, { value, there, evidence, isOfSubject: suffix === algorithm });
  }

  /** As the other agent than the file itself, and past the caches before it counts as missing. */
  async #ask(path: string, maxBytes: number): Promise<Answer<Small>> {
    const { client, sample, name } = this.#context;
    const as = otherAgent(sample.agentFor(this.#entry.path, name));
    const answer = await client.readSmall({ path, as }, maxBytes);
    return answer.kind === 'missing' ? client.readSmall({ path, as: otherAgent(as), fresh: true }, maxBytes) : answer;
  }

  async #absent(path: string, algorithm: Algorithm | null, sidecar: PlanSidecar, evidence: Evidence): Promise<void> {
    const there = await this.#context.origin.look(path);
    if (there.kind === 'missing' || (there.kind === 'none' && sidecar.guess === true)) return;
    const time = this.#entry.time ?? (there.kind === 'file' ? there.value.time : undefined);
    const kind = algorithm === null ? 'signature-missing' : 'sidecar-missing';
    this.#findings.lacks(kind, path, time, [evidence, there.evidence], {
      expected: { time: time ?? null },
      found: { status: evidence.status },
    });
  }

  #signature(suffix: string, value: Small, there: Answer<Small>, evidence: Evidence): void {
    const path = `${this.#entry.path}.${suffix}`;
    if (there.kind === 'none') return this.#findings.unknown(path, there.evidence);
    // Withdrawn since the plan was made.
    if (there.kind === 'missing') return;
    const facts = (bytes: Small) =>
      bytes === null ? { isTooLong: true } : { size: bytes.length, sha256: digestOf(bytes, ['sha256']).sha256 ?? null };
    const before = this.#context.earlier.of(this.#entry.path)?.sidecars[suffix];
    const isOfBefore = before !== undefined && value !== null && digestOf(value, ['md5']).md5 === before;
    this.#findings.add(isOfBefore ? 'lag' : 'signature-differs', path, [evidence, there.evidence], facts(there.value), facts(value));
  }

  async #checksum(
    path: string,
    algorithm: Algorithm,
    {
      value,
      there,
      evidence,
      isOfSubject,
    }: { readonly value: Small; readonly there: Answer<Small>; readonly evidence: Evidence; readonly isOfSubject: boolean },
  ): Promise<void> {
    const here = value === null ? null : parseSidecar(value, algorithm);
    const expected = there.kind === 'file' && there.value !== null ? parseSidecar(there.value, algorithm) : null;
    // The same sum may be written in several forms.
    if (here?.ok === true && expected?.ok === true && here.value === expected.value) return;
    const found =
      here?.ok === true ? { [algorithm]: here.value } : { problem: here === null ? `longer than ${checksumMaxBytes} bytes` : here.detail };
    const facts = expected?.ok === true ? { [algorithm]: expected.value } : {};
    const proof = [evidence, there.evidence];
    if (here?.ok !== true) {
      // The origin's may be as bad.
      if (expected?.ok !== false) this.#findings.add('sidecar-wrong', path, proof, facts, found);
      return;
    }
    if (!isOfSubject) return this.#findings.add(expected === null ? 'unknown' : 'checksum-differs', path, proof, facts, found);
    const content = await this.#read();
    if (content.kind === 'page') return;
    if ((content.kind === 'right' || content.kind === 'earlier') && content.reading[algorithm] === here.value) return;
    if (content.kind === 'right')
      return this.#findings.add('sidecar-wrong', path, proof, { [algorithm]: content.reading[algorithm] }, found);
    if (expected?.ok === true || content.kind === 'other') this.#findings.add('checksum-differs', path, proof, facts, found);
    else this.#findings.unknown(path, there.evidence);
  }

  /** A sum that differs is reason enough to read the file. */
  async #read(): Promise<Content> {
    if (this.#content.kind !== 'unread') return this.#content;
    const { client, sample, name } = this.#context;
    const look = await client.look({ path: this.#entry.path, as: sample.agentFor(this.#entry.path, name) });
    if (look.kind === 'file') this.#content = await checkBytes(this.#entry, ['plain', 'audit'], look, this.#context, this.#findings);
    return this.#content;
  }
}
