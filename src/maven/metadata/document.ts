/**
 * Decides what a `maven-metadata.xml` of one repository may say, from the answers of its mirrors.
 *
 * The bytes of a mirror are used as they are if they can be believed as a whole: an authority sent them, or a quorum of operators sent the
 * very same ones. Tools then see the file that the repository publishes, with the elements that are not read here, and its published
 * checksums fit. Otherwise the file is rewritten from what is believed: if mirrors differ, or the file lists something unsafe.
 */
import type { WrittenMetadata } from './format.js';
import { countOperators, isAuthority, type MergedMetadata, mergeMetadata, type MergeOptions, type MetadataSource } from './merge.js';
import type { Metadata } from './metadata.js';

/** One mirror's metadata, with the bytes as served. */
export interface ServedSource extends MetadataSource {
  readonly bytes: Uint8Array;
}

/** The believed contents of a file. */
export interface BelievedMetadata<Source> {
  readonly metadata: WrittenMetadata;
  /** The sources whose bytes say exactly this and can be believed as a whole; empty if the file must be rewritten. */
  readonly asServed: readonly Source[];
  readonly merged: MergedMetadata;
}

/** Returns what these sources, all of one repository, prove; null if no authority answered and the others agree on nothing. */
export function believeMetadata<Source extends ServedSource>(
  sources: readonly Source[],
  options: MergeOptions,
): BelievedMetadata<Source> | null {
  const merged = mergeMetadata(sources, options);
  const metadata = merged.authoritative ? fromAuthorities(sources, merged) : fromQuorum(sources, merged, options.quorum ?? 2);
  if (!merged.authoritative && isEmpty(metadata)) return null;
  const isWhole = (source: Source): boolean =>
    isAuthority(source) || countOperators(sources.filter(({ bytes }) => sameBytes(bytes, source.bytes))) >= (options.quorum ?? 2);
  const asServed = sources.filter((source) => isWhole(source) && saysTheSame(source.metadata, metadata));
  return { metadata, asServed, merged };
}

/** The contents as the most recently updated authority has them, with the versions of all. */
function fromAuthorities(sources: readonly MetadataSource[], merged: MergedMetadata): WrittenMetadata {
  const [newest, ...others] = sources
    .filter(isAuthority)
    .map(({ metadata }) => metadata)
    .sort((a, b) => compareText(b.lastUpdated ?? '', a.lastUpdated ?? ''));
  if (newest === undefined) throw new RangeError('there is no authority');
  const { dropped: _, ...contents } = newest;
  return { ...contents, ...marksOf(merged), plugins: unionByPrefix([newest, ...others].map(({ plugins }) => plugins)) };
}

/** The contents of which every single item is listed by a quorum of operators. */
function fromQuorum(sources: readonly MetadataSource[], merged: MergedMetadata, quorum: number): WrittenMetadata {
  const isAgreed = (lists: (metadata: Metadata) => boolean): boolean =>
    countOperators(sources.filter(({ metadata }) => lists(metadata))) >= quorum;
  const agreed = <Value>(pick: (metadata: Metadata) => Value | null): Value | null => {
    for (const { metadata } of sources) {
      const value = pick(metadata);
      if (value !== null && isAgreed((other) => isSame(pick(other), value))) return value;
    }
    return null;
  };
  const agreedItems = <Item>(pick: (metadata: Metadata) => readonly Item[]): Item[] => {
    const witnesses = new Map<string, { readonly item: Item; readonly by: MetadataSource[] }>();
    for (const source of sources) {
      for (const item of new Map(pick(source.metadata).map((one) => [JSON.stringify(one), one])).values()) {
        const key = JSON.stringify(item);
        const known = witnesses.get(key);
        if (known === undefined) witnesses.set(key, { item, by: [source] });
        else known.by.push(source);
      }
    }
    return [...witnesses.values()].filter(({ by }) => countOperators(by) >= quorum).map(({ item }) => item);
  };
  return {
    group: agreed(({ group }) => group),
    artifact: agreed(({ artifact }) => artifact),
    version: agreed(({ version }) => version),
    ...marksOf(merged),
    snapshot: agreed(({ snapshot }) => snapshot),
    snapshotVersions: agreedItems(({ snapshotVersions }) => snapshotVersions),
    plugins: unionByPrefix([agreedItems(({ plugins }) => plugins)]),
  };
}

function marksOf({ versions, latest, release, lastUpdated }: MergedMetadata) {
  return { versions, latest, release, lastUpdated };
}

/** Returns the plugins of all lists; of several with the same prefix the first, as in Maven's `Metadata.merge`. */
export function unionByPrefix(lists: readonly (readonly Metadata['plugins'][number][])[]): Metadata['plugins'] {
  const byPrefix = new Map<string, Metadata['plugins'][number]>();
  for (const plugin of lists.flat()) if (!byPrefix.has(plugin.prefix)) byPrefix.set(plugin.prefix, plugin);
  return [...byPrefix.values()];
}

function isEmpty({ versions, snapshot, snapshotVersions, plugins }: WrittenMetadata): boolean {
  return versions.length === 0 && snapshot === null && snapshotVersions.length === 0 && plugins.length === 0;
}

/** Whether a file says neither more nor less. The order of its versions does not matter: readers sort them. */
function saysTheSame(served: Metadata, believed: WrittenMetadata): boolean {
  if (served.dropped.length > 0) return false;
  const versions = new Set(served.versions);
  if (versions.size !== believed.versions.length || !believed.versions.every((version) => versions.has(version))) return false;
  return isSame(withoutVersions(served), withoutVersions(believed));
}

function withoutVersions({ group, artifact, version, latest, release, lastUpdated, snapshot, snapshotVersions, plugins }: WrittenMetadata) {
  return [group, artifact, version, latest, release, lastUpdated, snapshot, snapshotVersions, plugins];
}

/** Whether two values of JSON are the same; their members are written in the same order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
