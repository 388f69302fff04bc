/** The `CLOJARS_FETCH_*` variables. */
import { delimiter } from 'node:path';

import { nearestWord } from '../../base/nearest-word.js';
import type { SignatureMode, TrustModelName } from '../../proof/signature-policy.js';
import type { ChecksumPolicy, TrustLevel } from './client-options.js';
import { readChecksums, readConcurrency, readLevel, readSignatures, readTrustModel } from './option-readers.js';
import { badValue, type Place } from './text/schema.js';

/** What the environment says. An empty variable counts as unset. */
export interface EnvironmentOptions {
  readonly configurationFile?: string | undefined;
  readonly localRepository?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly level?: TrustLevel | undefined;
  readonly checksums?: ChecksumPolicy | undefined;
  readonly signatures?: SignatureMode | undefined;
  readonly trustModel?: TrustModelName | undefined;
  /** As written: several are separated as in `PATH`. */
  readonly keyrings?: readonly string[] | undefined;
  /** Variables that are probably misspelt. */
  readonly warnings: readonly string[];
}

/** Variable of each option, for `doctor`. */
export const environmentVariables = {
  configurationFile: 'CLOJARS_FETCH_CONFIG',
  localRepository: 'CLOJARS_FETCH_LOCAL_REPO',
  offline: 'CLOJARS_FETCH_OFFLINE',
  timeoutMs: 'CLOJARS_FETCH_TIMEOUT',
  concurrency: 'CLOJARS_FETCH_CONCURRENCY',
  level: 'CLOJARS_FETCH_LEVEL',
  checksums: 'CLOJARS_FETCH_CHECKSUMS',
  signatures: 'CLOJARS_FETCH_SIGNATURES',
  trustModel: 'CLOJARS_FETCH_TRUST_MODEL',
  keyrings: 'CLOJARS_FETCH_KEYRING',
} as const;

/** The settings that are not called as their variable is here. */
const settings: Readonly<Partial<Record<keyof typeof environmentVariables, string>>> = {
  level: 'trust.level',
  checksums: 'trust.checksums',
  signatures: 'trust.signatures',
  trustModel: 'trust.model',
  keyrings: 'trust.keyrings',
};

/**
 * `CLOJARS_FETCH_TIMEOUT` is in seconds, as `--timeout`.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`, naming the variable and what is allowed.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): EnvironmentOptions {
  const get = <T>(name: keyof typeof environmentVariables, read: (text: string, place: Place) => T): T | undefined => {
    const variable = environmentVariables[name];
    const value = Object.hasOwn(env, variable) ? env[variable]?.trim() : undefined;
    return value === undefined || value === '' ? undefined : read(value, { source: variable, key: '', setting: settings[name] ?? name });
  };
  const path = (text: string, place: Place): string => {
    if (text.includes('\0') || text.length > 4096) throw badValue(place, 'a path', text);
    return text;
  };
  const configurationFile = get('configurationFile', path);
  const localRepository = get('localRepository', path);
  const offline = get('offline', readFlag);
  const timeoutMs = get('timeoutMs', readSeconds);
  const concurrency = get('concurrency', (text, place) => readConcurrency(/^\d+$/.test(text) ? Number(text) : text, place));
  const level = get('level', readLevel);
  const checksums = get('checksums', readChecksums);
  const signatures = get('signatures', readSignatures);
  const trustModel = get('trustModel', readTrustModel);
  const keyrings = get('keyrings', (text, place) =>
    path(text, place)
      .split(delimiter)
      .filter((part) => part !== ''),
  );
  return {
    configurationFile,
    localRepository,
    offline,
    timeoutMs,
    concurrency,
    level,
    checksums,
    signatures,
    trustModel,
    keyrings,
    warnings: findMisspelt(env),
  };
}

function readFlag(text: string, place: Place): boolean {
  const word = text.toLowerCase();
  if (word === '1' || word === 'true' || word === 'yes') return true;
  if (word === '0' || word === 'false' || word === 'no') return false;
  throw badValue(place, 'one of 1, true, yes, 0, false, no', text);
}

function readSeconds(text: string, place: Place): number {
  const seconds = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds < 0.001 || seconds > 86_400) throw badValue(place, 'a number of seconds from 0.001 to 86400', text);
  return Math.round(seconds * 1000);
}

/** Only near misses: other programs, and our own tests, may have variables with this beginning. */
function findMisspelt(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const prefix = 'CLOJARS_FETCH_';
  const known = Object.values(environmentVariables).map((name) => name.slice(prefix.length));
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    const rest = name.slice(prefix.length);
    if (!name.startsWith(prefix) || known.includes(rest)) continue;
    const meant = nearestWord(rest, known);
    if (meant !== undefined)
      warnings.push(`${JSON.stringify(name.slice(0, 80))} is not a variable of clojars-fetch (did you mean ${prefix}${meant}?)`);
  }
  return warnings;
}
