/** Implements `doctor`: reports where each setting came from, and whether network, DNS, clock, disk and permissions are sound. */
import { lookup } from 'node:dns/promises';
import { access, constants, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { linkedAbort } from '../../base/async/linked-abort.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import type { Audits } from '../../fetch/audits/audits.js';
import type { NetworkAccess, Parts } from '../../fetch/context.js';
import { detectSplit } from '../../local/repository/split-repository.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import { originOf } from '../../network/mirrors/order.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { isTransportError } from '../../network/transport/contract/transport.js';
import { checkAudits } from './check-audits.js';
import { checkProxies } from './check-proxies.js';
import type { DiagnosisCheck } from './diagnosis-check.js';

export type { DiagnosisCheck };

/** The report that `doctor` prints. */
export interface Diagnosis {
  /** Version of Node. */
  readonly node: string;
  /** Absolute path. */
  readonly localRepository: string;
  /** Each setting with its value (no secrets) and where it came from. */
  readonly sources: readonly { readonly key: string; readonly value: string; readonly from: string }[];
  readonly checks: readonly DiagnosisCheck[];
  readonly warnings: readonly string[];
}

const lowDiskBytes = 512 * 1024 * 1024;
/** A name that takes longer to resolve is reported as a failure. */
const nameTimeoutMs = 3_000;
/** Certificates are judged by the clock; a minute or two never matters. */
const clockToleranceMs = 5 * 60_000;

/** Asks every mirror once for its root. */
export async function diagnose(
  configuration: EffectiveConfiguration,
  { network: access, run }: Parts<'network' | 'run'>,
  env: Readonly<Record<string, string | undefined>>,
  audits: Audits | null,
): Promise<Diagnosis> {
  const { signal } = run;
  const mirrors = configuration.repositories.flatMap((repository) => repository.mirrors);
  const distinct = mirrors.filter((mirror, index) => mirrors.findIndex((other) => other.url.href === mirror.url.href) === index);
  const hosts = [...new Set(distinct.filter(({ url }) => url.protocol.startsWith('http')).map(({ url }) => url.hostname))];
  const [disk, dns, network, audited] = await Promise.all([
    checkDisk(configuration),
    configuration.offline ? [] : Promise.all(hosts.map((host) => checkName(host, signal))),
    configuration.offline ? [] : Promise.all(distinct.map((mirror) => checkMirror(access, mirror, signal))),
    audits === null ? [] : checkAudits(audits, distinct, signal),
  ]);
  const clock = checkClock(network.flatMap(({ clockMs }) => (clockMs === null ? [] : [clockMs])));
  return {
    node: process.version,
    localRepository: configuration.localRepository,
    sources: Object.entries(configuration.sources).map(([key, { value, from }]) => ({ key, value, from })),
    checks: [
      ...disk,
      checkProxies(configuration, env),
      ...dns,
      ...network.map(({ check }) => check),
      ...checkRepositories(configuration, network),
      ...audited,
      ...(clock ? [clock] : []),
    ],
    warnings: configuration.warnings,
  };
}

async function checkDisk(configuration: EffectiveConfiguration): Promise<DiagnosisCheck[]> {
  const { localRepository, cacheFolder, stateFolder } = configuration;
  const checks = await Promise.all([
    checkFolder('local repository', localRepository),
    checkFolder('cache folder', cacheFolder),
    checkFolder('state folder', stateFolder),
  ]);
  const split = await detectSplit(localRepository);
  if (split) {
    checks.push({
      name: 'local repository layout',
      status: 'warn',
      detail: 'it is split into installed and cached artifacts, which this package does not write',
      hint: 'Use another folder with --local-repo.',
    });
  }
  const existing = await nearestExisting(localRepository);
  try {
    const { bavail, bsize } = await statfs(existing);
    const free = bavail * bsize;
    const megabytes = Math.floor(free / 1e6);
    checks.push(
      free < lowDiskBytes
        ? {
            name: 'disk space',
            status: 'warn',
            detail: `${megabytes} MB free in ${existing}`,
            hint: 'Free some space: a full disk ends downloads with ERR_LOCAL_REPOSITORY.',
          }
        : { name: 'disk space', status: 'ok', detail: `${megabytes} MB free` },
    );
  } catch (error) {
    checks.push({ name: 'disk space', status: 'warn', detail: `cannot be read for ${existing}: ${messageOf(error)}` });
  }
  return checks;
}

/** Writes a file to find out: permissions alone do not show a read-only mount. */
async function checkFolder(name: string, folder: string): Promise<DiagnosisCheck> {
  try {
    makeFolders(folder);
    const probe = join(folder, `.clojars-fetch-probe-${process.pid}`);
    await writeFile(probe, 'x', { flag: 'wx' });
    await rm(probe, { force: true });
    return { name, status: 'ok', detail: `${folder} can be written` };
  } catch (error) {
    return {
      name,
      status: 'fail',
      detail: `${folder} cannot be written: ${messageOf(error)}`,
      hint: 'Correct its permissions, or choose another folder.',
    };
  }
}

async function nearestExisting(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      await access(at, constants.F_OK);
      return at;
    } catch {
      if (dirname(at) === at) return at;
    }
  }
}

async function checkName(host: string, signal: AbortSignal): Promise<DiagnosisCheck> {
  const name = `DNS ${host}`;
  const patience = linkedAbort(signal);
  try {
    // A look-up cannot be cancelled: after the timeout it is ignored.
    const silence = setTimeout(nameTimeoutMs, null, { signal: patience.signal }).then(() => {
      throw new Error(`no answer within ${nameTimeoutMs / 1000} s`);
    });
    const { address } = await Promise.race([lookup(host.replace(/^\[|\]$/g, '')), silence]);
    return { name, status: 'ok', detail: address };
  } catch (error) {
    signal.throwIfAborted();
    // A warning, not a failure: another mirror or a remembered address may still work.
    return { name, status: 'warn', detail: messageOf(error), hint: 'Addresses that worked in the last 7 days are still used for https.' };
  } finally {
    patience.abort();
  }
}

interface MirrorCheck {
  readonly url: string;
  readonly check: DiagnosisCheck;
  /** The server's clock minus this machine's; null if it sent no date. */
  readonly clockMs: number | null;
}

/** A dead mirror is a warning, since the others take over; a repository without a living mirror is a failure. */
function checkRepositories(configuration: EffectiveConfiguration, network: readonly MirrorCheck[]): DiagnosisCheck[] {
  if (network.length === 0) return [];
  const alive = new Set(network.filter(({ check }) => check.status === 'ok').map(({ url }) => url));
  return configuration.repositories.map(({ id, mirrors }) => {
    const count = mirrors.filter(({ url }) => alive.has(url.href)).length;
    const detail = `${count} of ${mirrors.length} mirrors answer`;
    return count > 0
      ? { name: `repository ${id}`, status: 'ok', detail }
      : { name: `repository ${id}`, status: 'fail', detail, hint: `Add a mirror that answers, with \`--mirror ${id}=URL\`.` };
  });
}

async function checkMirror(network: NetworkAccess, mirror: Mirror, signal: AbortSignal): Promise<MirrorCheck> {
  const name = `mirror ${mirror.url.href}`;
  if (mirror.url.protocol === 'file:') return checkMirrorFolder(name, mirror.url);
  const { transport, health } = await network.open();
  const startedMs = Date.now();
  try {
    const answer = await transport.get({
      url: mirror.url,
      maxBytes: 1 << 20,
      signal,
      credentials: mirror.credentials ?? undefined,
    });
    answer.cancel();
    const ms = Date.now() - startedMs;
    const date = Date.parse(answer.headers['date'] ?? '');
    const clockMs = Number.isNaN(date) ? null : date - Date.now();
    const detail = `HTTP ${answer.status} in ${ms} ms, circuit ${health.circuits.state(originOf(mirror.url))}`;
    const status = answer.status >= 500 || answer.status === 429 ? 'warn' : 'ok';
    return { url: mirror.url.href, check: { name, status, detail }, clockMs };
  } catch (error) {
    if (!isTransportError(error)) throw error;
    return {
      url: mirror.url.href,
      check: {
        name,
        status: 'warn',
        detail: `${error.outcome}: ${error.message}`,
        hint: 'The other mirrors of the repository are used while this one is down.',
      },
      clockMs: null,
    };
  }
}

/** A mirror on disk has no root page: it is sound if the folder can be read. */
async function checkMirrorFolder(name: string, url: URL): Promise<MirrorCheck> {
  try {
    await access(url, constants.R_OK | constants.X_OK);
    if (!(await stat(url)).isDirectory()) throw new Error('not a folder');
    return { url: url.href, check: { name, status: 'ok', detail: 'the folder can be read' }, clockMs: null };
  } catch (error) {
    return {
      url: url.href,
      check: {
        name,
        status: 'warn',
        detail: `the folder cannot be read: ${messageOf(error)}`,
        hint: 'Is the disk or network share mounted?',
      },
      clockMs: null,
    };
  }
}

function checkClock(offsets: readonly number[]): DiagnosisCheck | null {
  const median = [...offsets].sort((a, b) => a - b)[Math.floor(offsets.length / 2)];
  if (median === undefined) return null;
  const seconds = Math.round(Math.abs(median) / 1000);
  return Math.abs(median) > clockToleranceMs
    ? {
        name: 'clock',
        status: 'warn',
        detail: `this machine's clock is ${seconds} s ${median > 0 ? 'behind' : 'ahead of'} the mirrors'`,
        hint: 'Certificates are refused when the clock is wrong: set it.',
      }
    : { name: 'clock', status: 'ok', detail: `within ${seconds} s of the mirrors'` };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
