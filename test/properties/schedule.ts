/**
 * Schedules: which mirrors lie, which fail and when, for one artifact and its POM; and what must hold after any of them.
 *
 * Which mirrors may lie. A lie is wrong bytes together with checksums that match them.
 *
 * - The word of a *canonical* mirror defines the truth: if it publishes other bytes with matching checksums, those are the artifact, unless
 *   a pin, a signature or the first-seen record contradicts them.
 * - A *trusted* mirror was declared sound by the user: its own checksum suffices by default (level `transport`), so it can put any bytes in
 *   place, as long as no other evidence that the client already holds contradicts it. To take that power away: `trusted: false`, or a policy
 *   level of `origin` or more.
 * - *Untrusted* mirrors may lie in every way here, each operator with its own lie, and mirrors without an operator with any of those lies.
 *   If as many operators as the quorum requires told *the same* lie, it would be believed while the canonical operator is silent: the number
 *   of the quorum means just that, and it is not part of this property.
 *
 * So canonical and trusted mirrors have only accidents (cut, corrupted, missing, delayed, captive portals, wrong ranges, corrupted checksum
 * files), and only the untrusted are liars.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import fc from 'fast-check';

import { runBounded } from '../../src/app/client/operation.js';
import { Gate } from '../../src/base/async/gate.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import { resolveArtifact } from '../../src/fetch/artifact/resolve-artifact.js';
import type { Context } from '../../src/fetch/context.js';
import { createSignatureTally } from '../../src/fetch/signature/signature-tally.js';
import { createFirstSeenRecord } from '../../src/local/ledger/first-seen.js';
import { createHighWaterMarks } from '../../src/local/ledger/high-water-mark.js';
import { createSignerRecord } from '../../src/local/ledger/signers.js';
import { createVerificationCache } from '../../src/local/ledger/verification-cache.js';
import { createLocalRepository } from '../../src/local/repository/local-repository.js';
import { Circuits } from '../../src/network/mirrors/circuit.js';
import { Health } from '../../src/network/mirrors/health.js';
import type { Mirror, Repository } from '../../src/network/mirrors/repository.js';
import type { Level } from '../../src/proof/level.js';
import { createPolicy } from '../../src/proof/policy.js';
import { createTemporaryFolder } from '../support/folder.js';
import { bytesOf, createScriptedTransport, type FaultName, faults, type MirrorScript, type Step } from './scripted-transport.js';

export type Role = 'canonical' | 'trusted' | 'untrusted';

export interface ScheduledMirror extends MirrorScript {
  readonly role: Role;
  readonly operator: string | null;
  readonly lastResort: boolean;
  readonly priority: number;
}

export interface Schedule {
  readonly mirrors: readonly ScheduledMirror[];
  readonly level: Level | null;
  /** Milliseconds before the next mirror is asked as well. */
  readonly hedgeDelayMs: number;
  readonly concurrency: number;
  /** Milliseconds after which the caller gives up. */
  readonly abortAfterMs: number | null;
}

const coordinate = { group: 'org.example', artifact: 'lib', version: '1.0', extension: 'jar', classifier: '' };
const jarPath = 'org/example/lib/1.0/lib-1.0.jar';
const pomPath = 'org/example/lib/1.0/lib-1.0.pom';
const truth: ReadonlyMap<string, Buffer> = new Map([
  [jarPath, bytesOf('the jar', 5000)],
  [pomPath, bytesOf('the pom', 2500)],
]);

/** Half of all steps are sound: otherwise hardly any schedule would get as far as its checksums. */
const fault: fc.Arbitrary<FaultName> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<FaultName>('none') },
  { weight: 1, arbitrary: fc.constantFrom(...faults) },
);
const step: fc.Arbitrary<Step> = fc.record({
  delayMs: fc.integer({ min: 0, max: 5 }),
  bodyDelayMs: fc.integer({ min: 0, max: 5 }),
  fault,
  lies: fc.integer({ min: 0, max: 4 }).map((one) => one > 0),
});
const steps = fc.array(step, { minLength: 1, maxLength: 4 });
const soundStep: fc.Arbitrary<Step> = fc.record({
  delayMs: fc.integer({ min: 0, max: 5 }),
  bodyDelayMs: fc.integer({ min: 0, max: 5 }),
  fault: fc.constant<FaultName>('none'),
  lies: fc.constant(true),
});

const liarOperators = ['operator-0', 'operator-1', 'operator-2'] as const;

const script = {
  algorithms: fc.subarray(['sha1', 'md5', 'sha256', 'sha512'], { minLength: 0 }),
  sendsHeader: fc.boolean(),
  secure: fc.integer({ min: 0, max: 3 }).map((one) => one > 0),
  lastResort: fc.boolean(),
  priority: fc.integer({ min: -2, max: 2 }),
};

const honest = (role: Role): fc.Arbitrary<ScheduledMirror> =>
  fc.record({
    ...script,
    body: fc.oneof(steps, fc.array(soundStep, { minLength: 1, maxLength: 1 })),
    checksum: fc.oneof(steps, fc.array(soundStep, { minLength: 1, maxLength: 1 })),
    lie: fc.constant(null),
    role: fc.constant(role),
    operator: role === 'canonical' ? fc.constant('canonical-operator') : fc.constantFrom('honest-0', 'honest-1', null),
    lastResort: role === 'canonical' ? fc.constant(false) : fc.boolean(),
  });

/** Either an operator with its own lie, or a mirror without an operator with any lie. */
const liar: fc.Arbitrary<ScheduledMirror> = fc
  .record({
    ...script,
    body: fc.oneof(steps, fc.array(soundStep, { minLength: 1, maxLength: 1 })),
    checksum: fc.oneof(steps, fc.array(soundStep, { minLength: 1, maxLength: 1 })),
    lie: fc.nat({ max: liarOperators.length - 1 }),
    named: fc.boolean(),
  })
  .map(({ named, ...mirror }) => ({ ...mirror, role: 'untrusted' as const, operator: named ? (liarOperators[mirror.lie] ?? null) : null }));

/** Any schedule of the property: a canonical mirror, and up to five others in any order. */
export const scheduleArbitrary: fc.Arbitrary<Schedule> = fc.record({
  mirrors: fc
    .tuple(
      honest('canonical'),
      fc.array(
        fc.oneof(
          { weight: 1, arbitrary: honest('canonical') },
          { weight: 2, arbitrary: honest('trusted') },
          { weight: 2, arbitrary: honest('untrusted') },
          { weight: 4, arbitrary: liar },
        ),
        { maxLength: 5 },
      ),
      fc.nat(),
    )
    .map(([canonical, others, at]) => [...others.slice(0, at % (others.length + 1)), canonical, ...others.slice(at % (others.length + 1))]),
  level: fc.constantFrom<Level | null>(null, null, 'none', 'transport', 'origin', 'quorum'),
  hedgeDelayMs: fc.integer({ min: 0, max: 6 }),
  concurrency: fc.constantFrom(1, 2, 48),
  abortAfterMs: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 30 }) }),
});

/** The outcome of a schedule; `violation` describes what must not have happened, null if all is well. */
export interface Verdict {
  readonly kind: string;
  readonly violation: string | null;
  readonly requests: number;
}

/**
 * Runs a schedule against a fresh local repository, and checks: right bytes or a ClojarsFetchError; only right content under final names;
 * no temporary file remains; a sound canonical mirror suffices; and afterwards, with every mirror sound and honest, the same local
 * repository is completed.
 */
export async function runSchedule(schedule: Schedule): Promise<Verdict> {
  const { path: folder, remove } = await createTemporaryFolder();
  try {
    const first = await resolveOnce(folder, schedule);
    const damage = first.violation ?? (await findDamage(join(folder, 'repository')));
    if (damage !== null) return { ...first, violation: damage };
    if (first.kind !== 'resolved' && isSure(schedule))
      return { ...first, violation: `a sound canonical mirror did not suffice: ${first.kind}` };
    const sound: Schedule = {
      ...schedule,
      level: null,
      abortAfterMs: null,
      mirrors: schedule.mirrors
        .filter(({ role }) => role === 'canonical')
        .slice(0, 1)
        .map(makeSound),
    };
    const second = await resolveOnce(folder, sound);
    if (second.kind !== 'resolved') return { ...first, violation: `not completed afterwards: ${second.kind} ${second.violation ?? ''}` };
    return { ...first, violation: second.violation ?? (await findDamage(join(folder, 'repository'))) };
  } finally {
    await remove();
  }
}

async function resolveOnce(folder: string, schedule: Schedule): Promise<Verdict> {
  const { mirrors, level } = schedule;
  const urls = mirrors.map((mirror, index) => `${mirror.secure ? 'https' : 'http'}://mirror-${index}.test/repo/`);
  const transport = createScriptedTransport(new Map(mirrors.map((mirror, index) => [urls[index] ?? '', mirror])), truth);
  const repository: Repository = {
    id: 'central-of-tests',
    url: new URL(urls[mirrors.findIndex(({ role }) => role === 'canonical')] ?? ''),
    operator: 'canonical-operator',
    mirrors: mirrors.map(({ role, operator, lastResort, priority }, index): Mirror => ({
      url: new URL(urls[index] ?? ''),
      operator,
      canonical: role === 'canonical',
      trusted: role !== 'untrusted',
      lastResort,
      priority,
    })),
    releases: true,
    snapshots: true,
    groups: null,
    trackingId: 'central-of-tests',
  };
  const controller = new AbortController();
  const timer =
    schedule.abortAfterMs === null ? undefined : setTimeout(() => controller.abort(new Error('the caller gave up')), schedule.abortAfterMs);
  try {
    const artifact = await runBounded('org.example:lib:1.0', [controller.signal], 60_000, (signal) =>
      resolveArtifact(contextFor(folder, repository, schedule, transport, level, signal), coordinate),
    );
    const content = await readFile(artifact.path);
    const expected = truth.get(jarPath) ?? Buffer.alloc(0);
    const right =
      content.equals(expected) &&
      artifact.sha256 === createHash('sha256').update(expected).digest('hex') &&
      artifact.size === expected.length;
    return {
      kind: 'resolved',
      violation: right ? null : `different bytes were called resolved, at level ${artifact.verification.level}`,
      requests: transport.requests,
    };
  } catch (error) {
    if (!isClojarsFetchError(error))
      return {
        kind: 'crash',
        violation: `not a ClojarsFetchError: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        requests: transport.requests,
      };
    const unexpected =
      error.code === 'ERR_LOCAL_REPOSITORY' ||
      (error.code === 'ERR_UNREACHABLE' && error.message.includes('not done within')) ||
      (error.code === 'ERR_ABORTED' && schedule.abortAfterMs === null);
    return { kind: error.code, violation: unexpected ? `${error.code}: ${error.message}` : null, requests: transport.requests };
  } finally {
    clearTimeout(timer);
  }
}

/** Asks the next mirror after the delay of the schedule, whatever is known about the origin. */
class ImpatientHealth extends Health {
  readonly #delayMs: number;

  constructor({ concurrency, hedgeDelayMs }: Schedule) {
    super({ circuits: new Circuits({ now: Date.now }), concurrency, now: Date.now });
    this.#delayMs = hedgeDelayMs;
  }

  override hedgeDelay(): number {
    return this.#delayMs;
  }

  override bodyPatience(): number {
    return this.#delayMs;
  }

  override mayHedge(): boolean {
    return true;
  }
}

function contextFor(
  folder: string,
  repository: Repository,
  schedule: Schedule,
  transport: ReturnType<typeof createScriptedTransport>,
  level: Level | null,
  signal: AbortSignal,
): Context {
  const health = new ImpatientHealth(schedule);
  const root = join(folder, 'repository');
  return {
    network: { open: () => Promise.resolve({ transport, health }), gate: () => new Gate(64), artifactMaxBytes: 1 << 20 },
    store: {
      local: createLocalRepository({ root }),
      verificationCache: createVerificationCache(join(folder, 'cache'), root),
      firstSeen: createFirstSeenRecord(join(folder, 'state')),
      highWaterMarks: createHighWaterMarks(join(folder, 'state')),
      signers: createSignerRecord(join(folder, 'state')),
      cacheFolder: join(folder, 'cache'),
    },
    trust: {
      policy: createPolicy({ level }),
      pinFor: () => null,
      signatures: {
        remembersSigners: true,
        keyMaps: [],
        identity: () => Promise.reject(new Error('no signatures are looked at')),
        check: () => Promise.reject(new Error('no signatures are looked at')),
        allowance: () => Promise.reject(new Error('no signatures are looked at')),
      },
      signatureTally: createSignatureTally(),
      acceptSigners: {},
      checkPom: () => Promise.resolve(null),
    },
    route: {
      repositories: [repository],
      repoFor: new Map(),
      groupHomes: new Map(),
      signatureStores: [],
      prefetching: { running: 0 },
    },
    run: { signal, emit: () => undefined, comparisons: null, offline: false, paranoid: false, lock: null },
  };
}

const soundSteps: readonly Step[] = [{ delayMs: 0, bodyDelayMs: 0, fault: 'none', lies: false }];

function makeSound(mirror: ScheduledMirror): ScheduledMirror {
  return { ...mirror, body: soundSteps, checksum: soundSteps, algorithms: ['sha1'], lie: null, secure: true };
}

/** A secure canonical mirror without any fault and with a good checksum: then there is no excuse for failing. */
function isSure({ mirrors, level, abortAfterMs }: Schedule): boolean {
  if (level === 'quorum' || abortAfterMs !== null) return false;
  const canonical = mirrors.filter(({ role }) => role === 'canonical');
  return (
    canonical.length === 1 &&
    canonical.every(
      ({ body, checksum, secure, algorithms }) =>
        secure && algorithms.some((one) => one !== 'md5') && [...body, ...checksum].every((one) => one.fault === 'none'),
    )
  );
}

/** The losers of a race are aborted without waiting: their open files may disappear a moment later. They must disappear. */
async function waitForLosers(root: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const names = await readdir(root, { recursive: true }).catch(() => []);
    if (!names.some((name) => name.endsWith('.clojars-fetch-tmp'))) return;
    await sleep(20);
  }
}

/** Describes what is wrong in a local repository after all calls have ended. */
async function findDamage(root: string): Promise<string | null> {
  await waitForLosers(root);
  const names = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of names) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(root.length + 1).replaceAll('\\', '/');
    if (/\.clojars-fetch-tmp$/.test(path)) return `a temporary file remains: ${path}`;
    if (/\.lock$/.test(path)) return `a lock remains: ${path}`;
    const checked = path.replace(/\.sha1$/, '');
    const expected = truth.get(checked);
    if (expected === undefined) continue;
    const content = await readFile(file);
    const right = path === checked ? content.equals(expected) : content.toString() === createHash('sha1').update(expected).digest('hex');
    if (!right) return `wrong content under ${path}`;
  }
  return null;
}
