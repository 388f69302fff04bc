/** Tells whether the plan of a run that was killed is the one that its options ask for. */
import { homedir } from 'node:os';

import { lookAt } from '../../../base/disk/stat-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { loadConfiguration } from '../../../local/settings/effective.js';
import type { PlanHeader } from '../contract.js';
import { PlanFile } from './plan-file.js';
import { chooseOrigin, choosePlaces, type PlanAuditOptions, readSince } from './plan-options.js';

/**
 * Whether a file is a whole plan of the same origin and places, since the same time, and with the seed if one is given.
 * @param file absolute
 * @throws {ClojarsFetchError} `ERR_CONFIG` for an option with a wrong value
 */
export async function matchesPlan(file: string, options: Omit<PlanAuditOptions, 'output'>): Promise<boolean> {
  const { signal = new AbortController().signal, since, seed, client = {} } = options;
  const configuration = await loadConfiguration({ options: client, env: process.env, homeFolder: homedir() });
  const { url } = chooseOrigin({ ...options, output: file }, configuration.allowHttp);
  const wanted = {
    repository: url,
    places: choosePlaces(options.places, configuration, url),
    since: since === undefined ? undefined : new Date(readSince(since)).toISOString(),
  };
  const header = await headerOf(file, signal);
  if (header === null || (seed !== undefined && seed !== header.seed)) return false;
  const { repository, places, since: from } = header;
  return JSON.stringify({ repository, places, since: from }) === JSON.stringify(wanted);
}

/** Null if the file is missing or damaged: a power cut may have left half of it. */
async function headerOf(file: string, signal: AbortSignal): Promise<PlanHeader | null> {
  if (lookAt(file) === null) return null;
  try {
    const plan = await PlanFile.open(file, signal);
    await plan.close();
    return plan.header;
  } catch (error) {
    if (isClojarsFetchError(error) && error.code === 'ERR_CONFIG') return null;
    throw error;
  }
}
