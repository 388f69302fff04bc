/** Finds the list of a place: the inventory of a mirror, or what lists the place itself. */
import { resolve } from 'node:path';

import { statFile } from '../../../base/disk/stat-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { openSource } from '../../mirror/source/open-source.js';
import { SourceError } from '../../mirror/source/source.js';
import { collectAll, ListingFile, openInventory } from '../plan/collect-listing.js';
import type { AuditClientOptions } from '../plan/plan-options.js';
import { parseInventoryLine, parseListingLine, type ParseListLine } from './list-line.js';

/** A sorted list, and how its lines are read. */
export interface SortedList {
  /** Absolute. */
  readonly file: string;
  readonly parse: ParseListLine;
  /** Names that cannot be paths, and are not in the file. */
  readonly skippedNames: number;
}

/** A place whose list cannot be had: nothing is known about its files. */
export interface FailedList {
  /** The end of a sentence. */
  readonly problem: string;
}

export interface OpenListOptions {
  /** Absolute path of a file that may be written. */
  readonly file: string;
  readonly connections: number;
  readonly rate: number | null;
  readonly contact: string | null;
  readonly client: AuditClientOptions;
  /** Files of an honest place, at most. */
  readonly mostFiles: number;
  /** A folder for what rsync fetches. */
  readonly stagingFolder: string;
  readonly signal: AbortSignal;
}

/** @param text a file that is an inventory, or what `mirror sync --from` takes @throws {ClojarsFetchError} `ERR_CONFIG` */
export async function openList(place: string, text: string, options: OpenListOptions): Promise<SortedList | FailedList> {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text) && statFile(resolve(text), { mayBeEmpty: true }) !== null) {
    openInventory(resolve(text)).close();
    return { file: resolve(text), parse: parseInventoryLine, skippedNames: 0 };
  }
  const { file, mostFiles, signal, ...rest } = options;
  const listing = new ListingFile(file);
  try {
    const source = await openSource(text, { where: `--list ${place}`, purpose: 'audit', listing: 'crawl', bandwidth: null, ...rest });
    try {
      await collectAll(source, listing, mostFiles, signal);
      listing.finish();
      return { file, parse: parseListingLine, skippedNames: listing.refused };
    } finally {
      await source.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    // A place that lists nonsense must not end the audit of the others.
    if (error instanceof SourceError || (isClojarsFetchError(error) && error.code === 'ERR_UNREACHABLE')) return { problem: error.message };
    throw error;
  } finally {
    listing.discard();
  }
}
