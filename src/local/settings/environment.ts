/** The `CLOJARS_FETCH_*` variables: their names, and readers for their texts. */
import { nearestWord } from '../../base/nearest-word.js';
import { badValue, type Place } from './text/schema.js';

/** The variable of each setting that has one. */
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

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a variable's text. `absolute` makes paths absolute. */
export type VariableReader<T> = (text: string, place: Place, absolute: (path: string) => string) => T;

/**
 * Reads a variable. An empty one counts as unset.
 * @param setting the key of the setting, for errors
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`, naming the variable and what is allowed.
 */
export function readVariable<T>(
  env: Environment,
  variable: string,
  setting: string,
  read: (text: string, place: Place) => T,
): T | undefined {
  const value = Object.hasOwn(env, variable) ? env[variable]?.trim() : undefined;
  return value === undefined || value === '' ? undefined : read(value, { source: variable, key: '', setting });
}

export function readPath(text: string, place: Place): string {
  if (text.includes('\0') || text.length > 4096) throw badValue(place, 'a path', text);
  return text;
}

export function readFlag(text: string, place: Place): boolean {
  const word = text.toLowerCase();
  if (word === '1' || word === 'true' || word === 'yes') return true;
  if (word === '0' || word === 'false' || word === 'no') return false;
  throw badValue(place, 'one of 1, true, yes, 0, false, no', text);
}

/** Reads seconds, as `--timeout` does. Returns milliseconds. */
export function readSeconds(text: string, place: Place): number {
  const seconds = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds < 0.001 || seconds > 86_400) throw badValue(place, 'a number of seconds from 0.001 to 86400', text);
  return Math.round(seconds * 1000);
}

/** Warns about variables that are probably misspelled. Only near misses: other programs, and our own tests, use the same prefix. */
export function misspelledVariables(env: Environment): readonly string[] {
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
