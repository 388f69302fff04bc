/**
 * Runs checks that take longer than a test may: kills, hostile coordinates, changed keys and signatures, schedules, load. Bundled and
 * started by soak.mjs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { hostileArbitrary, withHostileCheck } from '../artifact/hostile-run.js';
import { type KillRunResult, runKills } from '../processes/kill-run.js';
import { runLoad } from '../processes/load-run.js';
import { liarCases, runLiarCase } from '../properties/liars.js';
import { runSchedule, scheduleArbitrary } from '../properties/schedule.js';
import { createChance } from '../support/chance.js';
import { createRandom } from '../support/random.mjs';
import { killAudits } from './audit/kill-run.js';
import { mutateNotes } from './audit/note-mutations.js';
import { auditDifferences } from './audit/planted-differences.js';
import type { Comparison, ComparisonRun } from './comparison.js';
import { compareWebs } from './gpg-webs.js';
import { attackTexts } from './hostile-texts.js';
import { compareWithMaven } from './maven/maven-comparison.js';
import { compareMetadata } from './maven/metadata-comparison.js';
import { compareSettings } from './maven/settings-comparison.js';
import { mendDamage } from './mirror/damaged-target.js';
import { killSyncs } from './mirror/kill-run.js';
import { mutate } from './pgp-mutations.js';
import { runEveryTool } from './proxy/every-tool.js';
import { killProxies } from './proxy/kill-run.js';
import { soakCacheKills, soakProxyLoad, soakRequests } from './proxy/soak-proxy.js';
import type { SoakPart } from './results-page.mjs';
import { compareWithToolsDeps } from './tools-deps.js';
import { compareVersionOrders } from './versions/versions-comparison.js';

export interface SoakOptions {
  readonly kills: number;
  readonly coordinates: number;
  /** Metadata and other texts from servers. */
  readonly texts: number;
  readonly schedules: number;
  /** Downloads from mirrors that redirect to one liar. */
  readonly liars: number;
  /** Artifacts that the processes of the load test share. */
  readonly artifacts: number;
  readonly processes: number;
  /** Mutations of OpenPGP keys, signatures and signed files. */
  readonly mutations: number;
  /** Webs of trust that gpg judges as well. */
  readonly webs: number;
  /** Projects with a deps.edn that tools.deps resolves as well. */
  readonly projects: number;
  /** Random repositories of POMs that Maven resolves as well. */
  readonly poms: number;
  /** Random settings.xml that Maven reads as well. */
  readonly settings: number;
  /** Random maven-metadata.xml whose versions Maven chooses as well. */
  readonly metadata: number;
  /** Questions about random versions and ranges that Maven's classes answer as well. */
  readonly versions: number;
  /** Seconds for which 200 connections ask a proxy; slow and vanishing clients follow. */
  readonly proxy: number;
  /** Requests that no client sends, to a proxy. */
  readonly requests: number;
  /** Kills of processes that share a cache. */
  readonly cacheKills: number;
  /** Kills of a proxy that shares its cache with another one. */
  readonly proxyKills: number;
  /** Times that build tools run behind a proxy, in every state of its mirrors. */
  readonly toolRuns: number;
  /** Kills of syncs of mirrors. */
  readonly mirrorKills: number;
  /** Files of a mirror of which a tenth is damaged. */
  readonly mirrorFiles: number;
  /** Files at the origin of the audit; about so many. */
  readonly auditFiles: number;
  /** Mutations of signed notes. */
  readonly notes: number;
  /** Kills of runs of an audit. */
  readonly auditKills: number;
  /** Time for each part, in milliseconds; the summary reports the cases left out then. */
  readonly timeLimitMs: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
}

const mostViolations = 5;
const schedulesAtOnce = 50;
const killsAtOnce = 4;
const coordinatesAtOnce = 5_000;

async function timed(
  name: string,
  asked: number,
  work: (endMs: number) => Promise<Omit<SoakPart, 'name' | 'asked' | 'seconds'>>,
  options: SoakOptions,
): Promise<SoakPart> {
  options.onProgress(`${name}: ${asked} …`);
  const startMs = performance.now();
  const result = await work(startMs + options.timeLimitMs);
  return {
    name,
    asked,
    ...result,
    seconds: Math.round((performance.now() - startMs) / 100) / 10,
    violations: result.violations.slice(0, mostViolations),
  };
}

const soakKills = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'kill -9',
    options.kills,
    async () => {
      // Several at once, each over its own repositories: each waits for its mirror most of the time.
      const each = Math.ceil(options.kills / killsAtOnce);
      let told = 0;
      const onKill = (): void => {
        told += 1;
        if (told % 100 === 0) options.onProgress(`  ${told} kills, or runs that were done before theirs`);
      };
      const results = await Promise.all(
        Array.from({ length: killsAtOnce }, (_, lane) =>
          runKills({ kills: each, artifacts: 30, random: createRandom(options.seed + lane), timeLimitMs: options.timeLimitMs, onKill }),
        ),
      );
      const sum = (count: (result: KillRunResult) => number): number => results.reduce((total, result) => total + count(result), 0);
      const detail = `${sum(({ halfWay }) => halfWay)} with some of 60 files there, ${sum(({ withTemporaries }) => withTemporaries)} left temporary files, ${sum(({ finished }) => finished)} came too late; ${sum(({ completions }) => completions)} runs had to complete`;
      return { done: sum(({ killed }) => killed), detail, violations: results.flatMap(({ violations }) => violations) };
    },
    options,
  );

const soakCoordinates = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'hostile coordinates',
    options.coordinates,
    (endMs) =>
      withHostileCheck(async (check) => {
        const violations: string[] = [];
        let done = 0;
        for (let batch = 0; done < options.coordinates && performance.now() < endMs && violations.length < mostViolations; batch++) {
          const samples = fc.sample(hostileArbitrary, {
            numRuns: Math.min(coordinatesAtOnce, options.coordinates - done),
            seed: options.seed + batch,
          });
          for (const wanted of samples) {
            const violation = await check(wanted);
            if (violation !== null) violations.push(`${JSON.stringify(wanted).slice(0, 500)}: ${violation.slice(0, 500)}`);
          }
          done += samples.length;
          if (batch % 20 === 19) options.onProgress(`  ${done} coordinates`);
        }
        return { done, detail: 'through createClient().resolveArtifact(), offline', violations };
      }),
    options,
  );

const soakTexts = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'hostile metadata and texts',
    options.texts,
    (endMs) =>
      Promise.resolve(
        attackTexts(options.texts, createChance(options.seed), { endMs, onProgress: (done) => options.onProgress(`  ${done} texts`) }),
      ),
    options,
  );

const soakSchedules = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'schedules of delays, failures and lies',
    options.schedules,
    async (endMs) => {
      const violations: string[] = [];
      const kinds = new Map<string, number>();
      let done = 0;
      for (let batch = 0; done < options.schedules && performance.now() < endMs && violations.length < mostViolations; batch++) {
        const schedules = fc.sample(scheduleArbitrary, {
          numRuns: Math.min(schedulesAtOnce, options.schedules - done),
          seed: options.seed + batch,
        });
        const verdicts = await Promise.all(schedules.map(runSchedule));
        for (const [index, { kind, violation }] of verdicts.entries()) {
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          if (violation !== null) violations.push(`${violation}\n    ${JSON.stringify(schedules[index])}`);
        }
        done += schedules.length;
        if (batch % 20 === 19) options.onProgress(`  ${done} schedules`);
      }
      const detail = [...kinds]
        .sort()
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ');
      return { done, detail, violations };
    },
    options,
  );

const soakLiars = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'one liar among mirrors that redirect',
    options.liars,
    async (endMs) => {
      const root = await mkdtemp(join(tmpdir(), 'clojars-fetch-liars-'));
      const violations: string[] = [];
      const counts = { published: 0, refused: 0 };
      let done = 0;
      for (let batch = 0; done < options.liars && performance.now() < endMs && violations.length < mostViolations; batch++) {
        const cases = fc.sample(liarCases, { numRuns: Math.min(schedulesAtOnce, options.liars - done), seed: options.seed + batch });
        for (const [index, outcome] of (await Promise.all(cases.map((one) => runLiarCase(one, root)))).entries()) {
          if (outcome === 'published' || outcome === 'refused') counts[outcome] += 1;
          else violations.push(`${outcome}\n    ${JSON.stringify(cases[index])}`);
        }
        done += cases.length;
      }
      await rm(root, { recursive: true, force: true });
      return { done, detail: `${counts.published} published, ${counts.refused} refused`, violations };
    },
    options,
  );

const soakLoad = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    `load by ${options.processes} processes`,
    options.artifacts,
    async () => {
      const { requestsPerFile, checksumRequests, violations, ms } = await runLoad(options.processes, options.artifacts);
      const requests = requestsPerFile.reduce((sum, count) => sum + count, 0);
      const detail = `${requests} requests for ${requestsPerFile.length} files and ${checksumRequests} for checksums, in ${(ms / 1000).toFixed(1)} s`;
      const tooMany = requests > requestsPerFile.length * 1.1 ? [`${requests} requests for ${requestsPerFile.length} files`] : [];
      return { done: options.artifacts, detail, violations: [...violations, ...tooMany] };
    },
    options,
  );

const soakMutations = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'changed keys and signatures',
    options.mutations,
    (endMs) => mutate(options.mutations, options.seed, { endMs, onProgress: (done) => options.onProgress(`  ${done} mutations`) }),
    options,
  );

const soakWebs = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'webs of trust compared with gpg',
    options.webs,
    (endMs) => compareWebs(options.webs, options.seed, { endMs, onProgress: (done) => options.onProgress(`  ${done} webs`) }),
    options,
  );

/** A comparison with another program, of `count` random inputs: `unit` names these in the progress. */
const comparison = (
  title: string,
  count: number,
  unit: string,
  compare: (count: number, run: ComparisonRun) => Promise<Comparison>,
  options: SoakOptions,
): Promise<SoakPart> =>
  timed(
    title,
    count,
    (endMs) => compare(count, { seed: options.seed, endMs, onProgress: (done) => options.onProgress(`  ${done} ${unit}`) }),
    options,
  );

const soakProjects = (options: SoakOptions): Promise<SoakPart> =>
  comparison('class paths compared with tools.deps', options.projects, 'projects', compareWithToolsDeps, options);

const soakPoms = (options: SoakOptions): Promise<SoakPart> =>
  comparison('graphs of random POMs compared with Maven', options.poms, 'repositories', compareWithMaven, options);

const soakSettings = (options: SoakOptions): Promise<SoakPart> =>
  comparison('random settings.xml compared with Maven', options.settings, 'documents', compareSettings, options);

const soakMetadata = (options: SoakOptions): Promise<SoakPart> =>
  comparison('versions in random metadata compared with Maven', options.metadata, 'repositories', compareMetadata, options);

const soakVersions = (options: SoakOptions): Promise<SoakPart> =>
  comparison('random versions and ranges compared with Maven', options.versions, 'questions', compareVersionOrders, options);

const soakProxy = (options: SoakOptions): Promise<SoakPart> =>
  timed('a proxy under load, in seconds', options.proxy, () => soakProxyLoad(options.proxy, options), options);

const soakHostileRequests = (options: SoakOptions): Promise<SoakPart> =>
  timed('hostile requests to a proxy', options.requests, (endMs) => soakRequests(options.requests, { ...options, endMs }), options);

const soakKillsOfCaches = (options: SoakOptions): Promise<SoakPart> =>
  timed('kill -9 over one cache', options.cacheKills, (endMs) => soakCacheKills(options.cacheKills, { ...options, endMs }), options);

const soakProxyKills = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'kill -9 of one of two proxies on a cache',
    options.proxyKills,
    async (endMs) => {
      const { kills, received, violations } = await killProxies({ kills: options.proxyKills, lifeMs: 1_000, endMs });
      return { done: kills, detail: `${received} files received from the other proxy`, violations };
    },
    options,
  );

const soakTools = (options: SoakOptions): Promise<SoakPart> =>
  timed('build tools in every state of the mirrors', options.toolRuns, (endMs) => runEveryTool(options.toolRuns, endMs), options);

const soakMirrorKills = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'kill -9 of syncs of mirrors',
    options.mirrorKills,
    (endMs) => killSyncs({ kills: options.mirrorKills, seed: options.seed, endMs, hasTwin: true, onProgress: options.onProgress }),
    options,
  );

const soakDamage = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'mending of a damaged mirror, in files',
    options.mirrorFiles,
    async () => {
      const { files, detail, violations } = await mendDamage({ files: options.mirrorFiles, seed: options.seed });
      return { done: files, detail, violations };
    },
    options,
  );

const soakAudit = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'audit of mirrors with planted differences',
    options.auditFiles,
    async () => {
      const { planted, files, requests, kills, unknown, violations } = await auditDifferences({
        files: options.auditFiles,
        differences: 200,
        seed: options.seed,
        onProgress: options.onProgress,
      });
      const detail = `${planted} differences in ${files} files at four mirrors, ${requests} requests, ${kills} kills; ${unknown} findings say that one vanished`;
      return { done: options.auditFiles, detail, violations };
    },
    options,
  );

const soakAuditKills = (options: SoakOptions): Promise<SoakPart> =>
  timed('kill -9 of audits', options.auditKills, (endMs) => killAudits({ ...options, kills: options.auditKills, endMs }), options);

const soakNotes = (options: SoakOptions): Promise<SoakPart> =>
  timed(
    'changed and forged notes',
    options.notes,
    (endMs) =>
      Promise.resolve(mutateNotes(options.notes, options.seed, { endMs, onProgress: (done) => options.onProgress(`  ${done} notes`) })),
    options,
  );

/** Runs the parts one after the other; a part with a count of 0 is left out. */
export async function runSoak(options: SoakOptions): Promise<readonly SoakPart[]> {
  const parts: SoakPart[] = [];
  if (options.coordinates > 0) parts.push(await soakCoordinates(options));
  if (options.texts > 0) parts.push(await soakTexts(options));
  if (options.mutations > 0) parts.push(await soakMutations(options));
  if (options.notes > 0) parts.push(await soakNotes(options));
  if (options.webs > 0) parts.push(await soakWebs(options));
  if (options.projects > 0) parts.push(await soakProjects(options));
  if (options.poms > 0) parts.push(await soakPoms(options));
  if (options.settings > 0) parts.push(await soakSettings(options));
  if (options.metadata > 0) parts.push(await soakMetadata(options));
  if (options.versions > 0) parts.push(await soakVersions(options));
  if (options.schedules > 0) parts.push(await soakSchedules(options));
  if (options.liars > 0) parts.push(await soakLiars(options));
  if (options.artifacts > 0) parts.push(await soakLoad(options));
  if (options.proxy > 0) parts.push(await soakProxy(options));
  if (options.requests > 0) parts.push(await soakHostileRequests(options));
  if (options.cacheKills > 0) parts.push(await soakKillsOfCaches(options));
  if (options.proxyKills > 0) parts.push(await soakProxyKills(options));
  if (options.toolRuns > 0) parts.push(await soakTools(options));
  if (options.mirrorKills > 0) parts.push(await soakMirrorKills(options));
  if (options.mirrorFiles > 0) parts.push(await soakDamage(options));
  if (options.auditFiles > 0) parts.push(await soakAudit(options));
  if (options.auditKills > 0) parts.push(await soakAuditKills(options));
  if (options.kills > 0) parts.push(await soakKills(options));
  return parts;
}
