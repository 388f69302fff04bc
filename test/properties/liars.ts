/**
 * Whole downloads from mirrors that redirect each other at random, some of which one liar runs. Without sockets: redirects are followed
 * here, and answers carry the URL and the address that answered, as in the real transport.
 */
import fc from 'fast-check';

import type { CancelSignal } from '../../src/base/async/cancellation.js';
import { wait } from '../../src/base/async/wait.js';
import { fetchFile } from '../../src/fetch/download/fetch-file.js';
import { createLocalRepository } from '../../src/local/repository/local-repository.js';
import { Circuits } from '../../src/network/mirrors/circuit.js';
import { Health } from '../../src/network/mirrors/health.js';
import type { Mirror, Repository } from '../../src/network/mirrors/repository.js';
import { type Transport, type TransportAnswer, TransportError } from '../../src/network/transport/contract/transport.js';
import type { ChecksumAlgorithm } from '../../src/proof/checksum/claim.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { createPolicy } from '../../src/proof/policy.js';

const path = 'org/lib/1.0/lib-1.0.jar';
/** An older release: its honest checksum fits the liar's bytes. */
const olderPath = 'org/lib/0.9/lib-0.9.jar';
const published = Buffer.alloc(2_000, 'published');
const forged = Buffer.alloc(2_000, 'forged');

/** Names of the liar's machine that are not on the list of mirrors. */
const aliases = ['alias.test', 'ALIAS.test.', 'cdn.liar.test', '10.0.0.99', '[::ffff:10.0.0.99]', 'liar0.test.', 'LIAR1.test:443'] as const;

type Hop = { readonly to: 'alias'; readonly name: (typeof aliases)[number] } | { readonly to: 'mirror'; readonly index: number };

/** Treatment of one kind of file by one mirror. */
interface Manner {
  readonly hops: readonly Hop[];
  readonly delayMs: number;
  /** Redirect to the older release at the last hop; of the liar only. */
  readonly older: boolean;
  readonly header: boolean;
  /** Whether the liar's machine lies in this answer. */
  readonly lies: boolean;
}

export interface LiarCase {
  readonly honest: number;
  /** Mirrors of the liar on the list. */
  readonly lying: number;
  readonly quorum: 2 | 3;
  /** Index of the canonical mirror among all; null if the canonical origin is not on the list. */
  readonly canonical: number | null;
  readonly order: readonly number[];
  readonly body: readonly Manner[];
  readonly checksum: readonly Manner[];
  readonly hedgeDelayMs: number;
}

const hop: fc.Arbitrary<Hop> = fc.oneof(
  fc.record({ to: fc.constant('alias' as const), name: fc.constantFrom(...aliases) }),
  fc.record({ to: fc.constant('mirror' as const), index: fc.nat({ max: 7 }) }),
);
const manner: fc.Arbitrary<Manner> = fc.record({
  hops: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.array(hop, { minLength: 1, maxLength: 4 }) }),
  delayMs: fc.constantFrom(0, 0, 1, 3, 8),
  older: fc.boolean(),
  header: fc.boolean(),
  lies: fc.constantFrom(true, true, false),
});

export const liarCases: fc.Arbitrary<LiarCase> = fc.record({
  honest: fc.integer({ min: 1, max: 4 }),
  lying: fc.integer({ min: 1, max: 3 }),
  quorum: fc.constantFrom(2, 3),
  canonical: fc.option(fc.nat({ max: 6 }), { nil: null }),
  order: fc.array(fc.nat({ max: 20 }), { minLength: 7, maxLength: 7 }),
  body: fc.array(manner, { minLength: 7, maxLength: 7 }),
  checksum: fc.array(manner, { minLength: 7, maxLength: 7 }),
  hedgeDelayMs: fc.constantFrom(1, 4, 50),
});

function mirrorsOf({ honest, lying, canonical, order }: LiarCase): readonly Mirror[] {
  const names = [
    ...Array.from({ length: honest }, (_, index) => [`honest${index}.test`, `honest${index}`] as const),
    ...Array.from({ length: lying }, (_, index) => [`liar${index}.test`, 'liar'] as const),
  ];
  return names.map(([host, operator], index) => {
    // The canonical operator is whom the user believes: a lie of his is not a case for witnesses.
    const isCanonical = index === canonical && operator !== 'liar';
    return {
      url: new URL(`https://${host}/maven/`),
      operator,
      canonical: isCanonical,
      trusted: false,
      lastResort: false,
      priority: isCanonical ? 0 : (order[index] ?? 0),
    };
  });
}

/** Plays the mirrors, following redirects as the transport does. */
class Internet implements Transport {
  readonly #case: LiarCase;
  readonly #mirrors: readonly Mirror[];

  constructor(given: LiarCase, mirrors: readonly Mirror[]) {
    this.#case = given;
    this.#mirrors = mirrors;
  }

  async get({ url, signal }: { readonly url: URL; readonly signal: CancelSignal }): Promise<TransportAnswer> {
    const index = this.#mirrors.findIndex((mirror) => mirror.url.host === url.host);
    const asked = this.#mirrors[index];
    const suffix = /\.(?:sha1|sha256|sha512|md5)$/.exec(url.pathname)?.[0] ?? '';
    const given = (suffix === '' ? this.#case.body : this.#case.checksum)[index];
    if (asked === undefined || given === undefined) throw new TransportError('refused', 'not a mirror');
    await wait(given.delayMs, signal).catch(() => {
      throw new TransportError('aborted', 'aborted');
    });
    let host = asked.url.host;
    for (const next of given.hops) {
      if (isLiar(host) && host !== asked.url.host) break; // the liar's machine answers
      host = next.to === 'alias' ? next.name : (this.#mirrors[next.index % this.#mirrors.length] ?? asked).url.host;
    }
    const end = given.older && asked.operator === 'liar' ? olderPath : path;
    const isForged = (isLiar(host) && given.lies) || end === olderPath;
    return answerOf(new URL(`https://${host}/maven/${end}${suffix}`), suffix, isForged, given.header);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function isLiar(host: string): boolean {
  return !host.startsWith('honest');
}

function answerOf(url: URL, suffix: string, isForged: boolean, header: boolean): TransportAnswer {
  const bytes = isForged ? forged : published;
  const digest = (algorithm: ChecksumAlgorithm): string => digestOf(bytes, [algorithm])[algorithm] ?? '';
  const content = suffix === '' ? bytes : Buffer.from(digest(suffix.slice(1) as ChecksumAlgorithm));
  const number = /^honest(\d)/.exec(url.host)?.[1] ?? '99';
  return {
    status: 200,
    headers: header && suffix === '' ? { 'x-checksum-sha1': digest('sha1') } : {},
    url,
    secure: true,
    address: { host: `10.0.0.${number}`, port: 443 },
    contentLength: content.length,
    body: (async function* () {
      yield content;
    })(),
    cancel: () => undefined,
  };
}

/**
 * Downloads the file. Returns `published`, `refused`, or the violation that was found.
 * @param root an empty folder for temporary files
 */
export async function runLiarCase(given: LiarCase, root: string): Promise<string> {
  const mirrors = mirrorsOf(given);
  const local = createLocalRepository({ root });
  const health = new Health({
    circuits: new Circuits({ now: Date.now }),
    concurrency: 8,
    now: Date.now,
    unknownDelayMs: given.hedgeDelayMs,
  });
  const repository: Repository = {
    id: 'r',
    url: new URL('https://canonical.test/maven/'),
    operator: 'canonical',
    mirrors,
    releases: true,
    snapshots: true,
    groups: null,
    trackingId: 'r',
  };
  const result = await fetchFile(
    { transport: new Internet(given, mirrors), health },
    {
      repository,
      path,
      coordinate: 'org:lib:1.0',
      maxBytes: 10_000,
      policy: createPolicy({ level: 'quorum', quorum: given.quorum }),
      pin: null,
      firstSeen: null,
      checksumExempt: false,
      signatures: null,
      eager: given.order[0] !== 0,
      createTemporary: () => local.createTemporary(path),
      signal: new AbortController().signal,
      emit: () => undefined,
    },
  );
  if (result.kind === 'none') return 'refused';
  const bytes = await result.file.temporary.contents();
  await result.file.temporary.discard();
  if (Buffer.compare(bytes, published) !== 0) return `the liar's bytes were handed over: ${JSON.stringify(result.file.verdict.proofs)}`;
  const agreeing = result.file.verdict.proofs.flatMap((proof) => (proof.level === 'quorum' ? proof.operators : []));
  if (agreeing.includes('liar') && agreeing.length > given.honest + 1) return `he counts more than once: ${agreeing.join(', ')}`;
  return 'published';
}
