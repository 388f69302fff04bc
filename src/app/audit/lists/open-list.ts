/** Finds the list of a place: the inventory of a mirror, or what lists the place itself. */
import { resolve } from 'node:path';

import { statFile } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
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
}

export interface OpenListOptions {
  /** Absolute path of a file that may be written. */
  readonly file: string;
  readonly connections: number;
  readonly rate: number | null;
  readonly contact: string | null;
  readonly client: AuditClientOptions;
  /** A folder for what rsync fetches. */
  readonly stagingFolder: string;
  readonly signal: AbortSignal;
}

/** @param text a file that is an inventory, or what `mirror sync --from` takes @throws {ClojarsFetchError} `ERR_CONFIG`, `ERR_UNREACHABLE` */
export async function openList(place: string, text: string, options: OpenListOptions): Promise<SortedList> {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text) && statFile(resolve(text), { mayBeEmpty: true }) !== null) {
    openInventory(resolve(text)).close();
    return { file: resolve(text), parse: parseInventoryLine };
  }
  const { file, signal, ...rest } = options;
  const listing = new ListingFile(file);
  try {
    const source = await openSource(text, { where: `--list ${place}`, purpose: 'audit', listing: 'crawl', bandwidth: null, ...rest });
    try {
      await collectAll(source, listing, signal);
      listing.finish();
      return { file, parse: parseListingLine };
    } finally {
      await source.close();
    }
  } catch (error) {
    throw error instanceof SourceError ? noList(place, error) : error;
  } finally {
    listing.discard();
  }
}

function noList(place: string, cause: SourceError): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'no-listing',
    message: `${place} cannot be listed: ${cause.message}`,
    hint: 'Check the address of the list, or try again later.',
    cause,
  });
}
