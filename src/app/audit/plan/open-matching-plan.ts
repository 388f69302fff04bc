/** Opens the plan of a run that was killed, if it is the one that its options ask for. */
import { homedir } from 'node:os';

import { lookAt } from '../../../base/disk/stat-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { loadConfiguration } from '../../../local/settings/effective.js';
import { PlanFile } from './plan-file.js';
import { chooseOrigin, choosePlaces, type PlanAuditOptions, readSince } from './plan-options.js';

/**
 * Opens a whole plan of the same origin and places, since the same time, and with the seed if one is given; null for any other file.
 * @param file absolute
 * @throws {ClojarsFetchError} `ERR_CONFIG` for an option with a wrong value
 */
export async function openMatchingPlan(file: string, options: Omit<PlanAuditOptions, 'output'>): Promise<PlanFile | null> {
  const { signal = new AbortController().signal, since, seed, client = {} } = options;
  const configuration = await loadConfiguration({ options: client, env: process.env, homeFolder: homedir() });
  const { url } = chooseOrigin({ ...options, output: file }, configuration.allowHttp);
  const wanted = {
    repository: url,
    places: choosePlaces(options.places, configuration, url),
    since: since === undefined ? undefined : new Date(readSince(since)).toISOString(),
  };
  const plan = await openWhole(file, signal);
  if (plan === null) return null;
  const { repository, places, since: from, seed: ownSeed } = plan.header;
  const isWanted = JSON.stringify({ repository, places, since: from }) === JSON.stringify(wanted);
  if (isWanted && (seed === undefined || seed === ownSeed)) return plan;
  await plan.close();
  return null;
}

/** Null if the file is missing or damaged: a power cut may have left half of it. */
async function openWhole(file: string, signal: AbortSignal): Promise<PlanFile | null> {
  if (lookAt(file) === null) return null;
  try {
    return await PlanFile.open(file, signal);
  } catch (error) {
    if (isClojarsFetchError(error) && error.code === 'ERR_CONFIG') return null;
    throw error;
  }
}
